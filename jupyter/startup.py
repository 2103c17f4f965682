"""What each kernel runs first: see lesson.errors."""

__import__("lesson.errors")  # without leaving a name in the notebook
