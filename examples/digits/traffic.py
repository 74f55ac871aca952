"""Sends scans to a served model and then their labels, like production traffic.

The scans are those of the holdout, without the column `archive_folder`.
"""

import argparse
import json
import time
import urllib.request

from data import LABEL, PIXELS, load_archive, split


def parse_arguments() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("url", help="address of the served model, such as http://127.0.0.1:8080")
    parser.add_argument("--scans", type=int, default=600, help="number of scans; after 600 they repeat")
    parser.add_argument("--batch", type=int, default=20, help="scans per request")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between requests")
    return parser.parse_args()


def post(url: str, body: dict) -> dict:
    """Posts JSON and returns the JSON of the response. Raises if the status is not 2xx."""
    data = json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=10) as response:
        return json.load(response)


def main() -> None:
    """Sends predictions and labels, and prints how many predictions were correct."""
    arguments = parse_arguments()
    _, holdout = split(load_archive())
    scans = holdout[PIXELS].to_numpy().tolist()
    labels = holdout[LABEL].tolist()
    correct = 0
    for start in range(0, arguments.scans, arguments.batch):
        chosen = [n % len(scans) for n in range(start, min(start + arguments.batch, arguments.scans))]
        response = post(f"{arguments.url}/predict", {"rows": [scans[n] for n in chosen]})
        # With the predicted label instead of an id, every pod behind the Service accepts the feedback.
        labelled = [
            {"predicted": one["label"], "label": labels[n]}
            for one, n in zip(response["predictions"], chosen, strict=True)
        ]
        post(f"{arguments.url}/feedback", {"feedback": labelled})
        correct += sum(entry["predicted"] == entry["label"] for entry in labelled)
        time.sleep(arguments.pause)
    print(f"version {response['model_version']} classified {correct} of {arguments.scans} scans correctly")


if __name__ == "__main__":
    main()
