"""The member's JSON API: the same views, wishes and refusals as the pages, for programs."""
