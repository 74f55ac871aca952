"""Loads the model that lies in the shared folder, once, and says which it is."""
import http.server
import json

with open("/models/model.json") as file:
    loaded = json.load(file)


class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"status": "ok", "model": loaded}).encode())


http.server.HTTPServer(("", 8080), Server).serve_forever()
