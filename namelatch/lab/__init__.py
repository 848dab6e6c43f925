"""The laboratory: faults as ordering rules over events, and what drives and judges them."""
