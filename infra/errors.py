"""What stops a command, said in a sentence that tells what to do."""


class Failed(Exception):
    """The command cannot go on; the message is for the person who gave it."""
