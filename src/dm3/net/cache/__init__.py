"""What was found, remembered in bounded room."""
