from __future__ import annotations

from pathlib import Path

from dashboards.generate.boards import BOARDS

if __name__ == "__main__":
    for name, board in BOARDS.items():
        (Path(__file__).parent.parent / name).write_text(board.to_json())
