"""Pages for people and the API for programs, under one origin. Shows what the store holds and judges nothing itself."""
