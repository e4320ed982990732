"""A working day of a whole ISP at high speed, against the processes that an operator starts."""
