from survey.simulation.pages import read_page


def test_what_is_read_of_a_form():
    page = read_page(
        "/s/textures/about/?x=1",
        """
        <form method="post"><input type="hidden" name="language" value="ja"></form>
        <form id="survey-form" method="post">
          <input type="hidden" name="csrfmiddlewaretoken" value="c">
          <input type="radio" name="position" value="0" required><img src="/a.png">
          <input type="radio" name="position" value="1" required><img src="/b.png">
          <select name="age"><option value="">-</option><option value="18">18</option></select>
          <input type="checkbox" name="agreed"><input name="language"><textarea name="comment">
          </textarea><button name="anew" value="1">again</button>
        </form>
        <img src="/c.png"><a id="survey-next" href="/on/">on</a>
        <script type="application/json" id="upcoming">[{"trial": "t"}]</script>
        """,
    )
    assert page.stage == "about"
    assert page.has_form
    assert page.hidden == {"csrfmiddlewaretoken": "c"}
    assert page.choices == {"position": ["0", "1"], "age": ["18"], "agreed": ["on"]}
    assert page.required == {"position"}
    assert page.texts == ["language", "comment"]
    assert page.images == ["/a.png", "/b.png"]
    assert page.link == "/on/"
    assert page.upcoming == [{"trial": "t"}]
    assert page.code == ""


def test_a_receipt_without_a_form():
    page = read_page("/s/x/done/", '<p>Code <output class="big code">ABC\n</output></p>')
    assert (page.has_form, page.stage, page.code) == (False, "done", "ABC")
