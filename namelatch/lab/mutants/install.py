"""A mutant in force: the code of the running function is exchanged, so that whoever has imported it runs the mutant.

Functions stay the objects they are; only their code is another's. So nothing has to be imported anew, and a process
forked from one that has everything loaded becomes a mutated one in a moment. There is no way back: fork first.
"""

import ast
import sys
from importlib import import_module
from types import CodeType, FunctionType

from namelatch.lab.mutants.mutant import Mutant
from namelatch.lab.mutants.scope import constants, functions
from namelatch.lab.mutants.sources import ROOT
from namelatch.lab.mutants.trees import replaced


def install(mutant: Mutant) -> None:
    """Make the mutated module the one that runs, in this process, for good."""
    module = import_module(mutant.module)
    tree = ast.parse((ROOT / mutant.file).read_text(encoding="utf-8"))
    target = dict((*constants(tree, mutant.file), *functions(tree)))[mutant.function]
    changed = ast.fix_missing_locations(replaced(tree, target, mutant.tree))
    assert isinstance(changed, ast.Module), "a file is one module"
    code = compile(changed, str(ROOT / mutant.file), "exec")
    if isinstance(mutant.tree, ast.Assign):
        exec(compile(ast.Module([mutant.tree], []), mutant.file, "exec"), vars(module))  # noqa: S102 (our own source)
        return
    function = function_of(sys.modules[mutant.module], mutant.function)
    function.__code__ = code_of(code, mutant.function)


def function_of(module: object, name: str) -> FunctionType:
    """A module's function, or a class's, by its qualified name."""
    found = module
    for part in name.split("."):
        found = vars(found)[part]
    found = getattr(found, "fget", None) or getattr(found, "__func__", None) or found
    assert isinstance(found, FunctionType), name
    return found


def code_of(code: CodeType, name: str) -> CodeType:
    """The code of a function by its qualified name."""
    left = [code]
    while left:
        one = left.pop()
        if one.co_qualname == name:
            return one
        left += [inner for inner in one.co_consts if isinstance(inner, CodeType)]
    raise AssertionError(f"no function {name}")
