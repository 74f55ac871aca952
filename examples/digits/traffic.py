"""Sends scans to a served model as production does, and a moment later what they really showed.

The scans are those of the holdout, without the tray that the archive knows of.
"""

import argparse
import json
import time
import urllib.request

from data import LABEL, PIXELS, load_archive, split


def parse_arguments() -> argparse.Namespace:
    """Where to and how much."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("url", help="address of the served model, such as http://127.0.0.1:8080")
    parser.add_argument("--scans", type=int, default=600, help="how many scans; after 600 they repeat")
    parser.add_argument("--batch", type=int, default=20, help="scans in one request")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between two requests")
    return parser.parse_args()


def post(url: str, body: dict) -> dict:
    """One request with JSON both ways; an answer other than 2xx raises."""
    data = json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=10) as answer:
        return json.load(answer)


def main() -> None:
    """Predict, label, and say how often the model was right."""
    arguments = parse_arguments()
    _, holdout = split(load_archive())
    scans = holdout[PIXELS].to_numpy().tolist()
    labels = holdout[LABEL].tolist()
    hits = 0
    for start in range(0, arguments.scans, arguments.batch):
        chosen = [n % len(scans) for n in range(start, min(start + arguments.batch, arguments.scans))]
        answer = post(f"{arguments.url}/predict", {"rows": [scans[n] for n in chosen]})
        # What was predicted is sent along, so that any pod behind the Service can take the feedback.
        labelled = [
            {"predicted": one["label"], "label": labels[n]}
            for one, n in zip(answer["predictions"], chosen, strict=True)
        ]
        post(f"{arguments.url}/feedback", {"feedback": labelled})
        hits += sum(entry["predicted"] == entry["label"] for entry in labelled)
        time.sleep(arguments.pause)
    print(f"{hits} of {arguments.scans} scans were read right by version {answer['model_version']}")


if __name__ == "__main__":
    main()
