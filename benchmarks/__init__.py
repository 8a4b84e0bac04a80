"""What is measured besides the toolkit itself: peers, the machine's limit, diagram libraries, the page in docs."""
