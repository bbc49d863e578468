"""The fields of the selected event, and the button that makes takes."""
