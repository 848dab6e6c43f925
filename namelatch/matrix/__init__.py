"""The kill-point matrix: every port call of every role meets every fault, on real processes, a real etcd and broker."""
