"""Every example runs, without a warning, and draws its picture; and what becomes of it in the gallery."""

import importlib.util
from pathlib import Path

import pytest
from PIL import Image

DOCS = Path(__file__).parents[1] / "docs"
QUICK = {"cka_on_noise"}
"""Those that take less than five seconds (of processor time on a 2.5 GHz Xeon)."""


def gallery():
    spec = importlib.util.spec_from_file_location("gallery_pages", DOCS / "gallery_pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCRIPTS = gallery().scripts()


def test_there_are_examples():
    assert {script.stem for script in SCRIPTS} > QUICK


@pytest.mark.parametrize(
    "script", [pytest.param(s, id=s.stem, marks=() if s.stem in QUICK else pytest.mark.slow) for s in SCRIPTS]
)
def test_the_example_draws_its_picture(script, tmp_path):
    gallery().run(script, tmp_path / "picture.png")
    with Image.open(tmp_path / "picture.png") as picture:
        assert min(picture.size) > 300
        low, high = picture.convert("L").getextrema()
        assert low < 100 < 250 < high
    assert not script.with_suffix(".png").exists()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_the_page_has_title_text_picture_and_code(script):
    page = gallery().page(script)
    title, line = page.splitlines()[:2]
    assert line == "=" * len(title)
    assert f".. image:: {script.stem}.png" in page
    assert "   import matplotlib.pyplot as plt\n" in page
    assert '"""' + title not in page


def test_pages_follow_the_scripts(tmp_path):
    folder, pages = tmp_path / "examples", tmp_path / "pages"
    folder.mkdir()
    script = folder / "one.py"
    script.write_text('"""One\n\nText.\n"""\n\nimport sys\n\nopen(sys.argv[1], "w").close()\n')
    gallery().build(pages, folder)
    assert sorted(file.name for file in pages.iterdir()) == ["one.png", "one.rst"]
    script.rename(folder / "two.py")
    gallery().build(pages, folder)
    assert sorted(file.name for file in pages.iterdir()) == ["two.png", "two.rst"]


def test_refusals(tmp_path):
    script = tmp_path / "one.py"
    for text, message in (
        ("1 / 0", "one.py ended with 1; mend the example:\n.*ZeroDivisionError"),
        ("import warnings; warnings.warn('old')", "one.py ended with 1.*UserWarning: old"),
        ("pass", "one.py drew no picture"),
    ):
        script.write_text(text)
        with pytest.raises(RuntimeError, match=f"(?s){message}"):
            gallery().run(script, tmp_path / "picture.png")
    with pytest.raises(RuntimeError, match=r"one\.py has no docstring with a title and a text"):
        gallery().page(script)
