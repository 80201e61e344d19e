"""Requests between the processes of one machine: small typed messages over a local socket.

`messages` says what can be asked, `address` where the node listens, `server` answers in the
node, `client` asks from web, worker and command line. Nothing here decides, and nothing here
is a pickle: bytes that are no message of ours are refused, never executed.
"""
