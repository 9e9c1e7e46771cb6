"""What a person is told when the stack cannot start or go on."""


class StackError(Exception):
    """One line that names what is wrong, and where there is one, what to do about it."""
