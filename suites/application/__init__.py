"""What the application adds to responses, judged by URL alone: cookies and fields are where one expects them."""
