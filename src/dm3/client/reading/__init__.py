"""What comes in: mailboxes read, messages opened, senders verified or waited for."""
