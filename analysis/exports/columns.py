"""The columns of the answers and what each one means; the exports and their codebook read this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from survey.models import Participant


class Kind(StrEnum):
    """How the values of a column are to be read."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    YES_NO = "0 or 1"
    TIME = "time, ISO 8601, UTC"
    JSON = "JSON"


@dataclass(frozen=True, slots=True)
class Meaning:
    """The same sentence in both languages."""

    en: str
    ja: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the answers. `levels` are its values where there are few, with what they mean."""

    name: str
    kind: Kind
    meaning: Meaning
    unit: str = ""
    levels: Mapping[str, Meaning] = field(default_factory=dict)
    can_be_empty: bool = False


_YES_NO = {"0": Meaning("no", "いいえ"), "1": Meaning("yes", "はい")}
_ORIGINS = {
    Participant.Origin.LIVE.value: Meaning("took part in the study", "本調査の参加者"),
    Participant.Origin.PILOT.value: Meaning("took part in a pilot", "予備調査の参加者"),
    Participant.Origin.PREVIEW.value: Meaning("a researcher who tried it", "研究者による試行"),
    Participant.Origin.BOT.value: Meaning("simulated", "シミュレーション"),
}
_FAMILIARITY = {
    "0": Meaning("does not know it", "知らない"),
    "1": Meaning("has heard it", "聞いたことがある"),
    "2": Meaning("knows it well", "よく知っている"),
}
_KINDS = {
    "word": Meaning(
        "Which image is the most (word)? The images made from the word are correct.",
        "最も（単語）な画像はどれか。その単語から生成した画像が正解。",
    ),
    "catch": Meaning(
        "Which image was not changed? The photograph itself is correct.",
        "変換されていない画像はどれか。元の写真が正解（確認問題）。",
    ),
}

COLUMNS: tuple[Column, ...] = (
    Column(
        "participant",
        Kind.TEXT,
        Meaning(
            "Pseudonym of the person, the same in every export of this installation",
            "参加者の仮名。同じ環境から書き出したすべてのファイルで共通",
        ),
    ),
    Column(
        "word",
        Kind.TEXT,
        Meaning(
            "The asked word in Latin letters; empty in a catch question",
            "質問した単語（ローマ字）。確認問題では空",
        ),
        can_be_empty=True,
    ),
    Column(
        "content",
        Kind.TEXT,
        Meaning(
            "The content image: the photograph that all images of the question show",
            "コンテンツ画像（質問の画像すべてに写っている写真）",
        ),
    ),
    Column(
        "position",
        Kind.INTEGER,
        Meaning(
            "Place of the chosen image in the grid, from 0, row by row on an upright screen",
            "選ばれた画像のグリッド上の位置。縦長の画面で左上から行ごとに0から数える",
        ),
    ),
    Column(
        "options",
        Kind.JSON,
        Meaning(
            "The images of the grid in its order, each with the word and the style cluster it was "
            'made from; the photograph itself has the word "" and the cluster null; where the '
            "images of a question are of several conditions, each has its own",
            "グリッドの画像を並び順に示したもの。それぞれに生成元の単語とスタイルクラスタ。"
            '元の写真は word が ""、cluster が null。質問の画像に複数の条件が混在するときは'
            "それぞれの condition も示す",
        ),
    ),
    Column(
        "chosen_word",
        Kind.TEXT,
        Meaning(
            "The word that the chosen image was made from; empty for the photograph itself",
            "選ばれた画像の生成元の単語。元の写真では空",
        ),
        can_be_empty=True,
    ),
    Column(
        "chosen_cluster",
        Kind.INTEGER,
        Meaning(
            "The style cluster that the chosen image was made from; empty for the photograph",
            "選ばれた画像の生成元のスタイルクラスタ。元の写真では空",
        ),
        can_be_empty=True,
    ),
    Column(
        "rt_ms",
        Kind.INTEGER,
        Meaning(
            "Response time, from every image decoded to the last choice; at most an hour; empty "
            "where it could not be measured",
            "反応時間。全画像の表示準備完了から最後の選択まで。上限1時間。測定できないときは空",
        ),
        unit="ms",
        can_be_empty=True,
    ),
    Column(
        "question",
        Kind.INTEGER,
        Meaning("Number of the question in the study, from 0", "調査内の質問番号（0から）"),
    ),
    Column(
        "kind",
        Kind.TEXT,
        Meaning("What the question asks", "質問の種類"),
        levels=_KINDS,
    ),
    Column(
        "order",
        Kind.INTEGER,
        Meaning(
            "Place of the question in this person's sequence, from 0",
            "この参加者に提示された順番（0から）",
        ),
    ),
    Column(
        "condition",
        Kind.TEXT,
        Meaning(
            "Name of the recipe that made the images of the question; empty where they are of "
            "several",
            "質問の画像を生成したレシピ（条件）の名前。複数のレシピが混在するときは空",
        ),
        can_be_empty=True,
    ),
    Column(
        "correct",
        Kind.YES_NO,
        Meaning(
            "Whether the chosen image is a target: made from the asked word, or in a catch "
            "question the photograph itself",
            "正答か。質問した単語から生成した画像（確認問題では元の写真）を選んだか",
        ),
        levels=_YES_NO,
    ),
    Column(
        "targets",
        Kind.INTEGER,
        Meaning("Number of targets (correct images) in the grid", "グリッド内の正解画像の数"),
        unit="images",
    ),
    Column(
        "n_options",
        Kind.INTEGER,
        Meaning("Number of images in the grid", "グリッド内の画像の数"),
        unit="images",
    ),
    Column(
        "chance",
        Kind.NUMBER,
        Meaning("Chance level: targets / n_options", "チャンスレベル：targets / n_options"),
        unit="probability",
    ),
    Column(
        "origin",
        Kind.TEXT,
        Meaning("Who the person is", "参加者の区分"),
        levels=_ORIGINS,
    ),
    Column(
        "language",
        Kind.TEXT,
        Meaning("Language of the questionnaire (BCP 47)", "質問画面の言語（BCP 47）"),
        levels={"ja": Meaning("Japanese", "日本語"), "en": Meaning("English", "英語")},
    ),
    Column(
        "version",
        Kind.INTEGER,
        Meaning(
            "Version of the study's texts and rules that the person met",
            "この参加者が回答した調査の版（文面と規則）",
        ),
    ),
    Column(
        "finished",
        Kind.YES_NO,
        Meaning("Whether the person answered all questions", "すべての質問に回答したか"),
        levels=_YES_NO,
    ),
    Column(
        "familiarity",
        Kind.INTEGER,
        Meaning(
            "How well the person knows the asked word, in their own judgement; empty where it "
            "was not asked or not answered",
            "質問した単語をどの程度知っているか（自己評価）。尋ねていない、または無回答のときは空",
        ),
        levels=_FAMILIARITY,
        can_be_empty=True,
    ),
    Column(
        "load_ms",
        Kind.INTEGER,
        Meaning(
            "From the question on the page to every image decoded; at most an hour",
            "質問の表示から全画像の表示準備完了までの時間。上限1時間",
        ),
        unit="ms",
        can_be_empty=True,
    ),
    Column(
        "blurs",
        Kind.INTEGER,
        Meaning(
            "How often the window lost the focus or was hidden during the question",
            "回答中にウィンドウがフォーカスを失った、または隠れた回数",
        ),
        unit="times",
        can_be_empty=True,
    ),
    Column(
        "viewport_width",
        Kind.NUMBER,
        Meaning("Width of the browser's viewport", "ブラウザ表示領域の幅"),
        unit="CSS px",
        can_be_empty=True,
    ),
    Column(
        "viewport_height",
        Kind.NUMBER,
        Meaning("Height of the browser's viewport", "ブラウザ表示領域の高さ"),
        unit="CSS px",
        can_be_empty=True,
    ),
    Column(
        "pixel_ratio",
        Kind.NUMBER,
        Meaning("Device pixels per CSS pixel", "CSSピクセルあたりの物理ピクセル数"),
        unit="px / CSS px",
        can_be_empty=True,
    ),
    Column(
        "answered_at",
        Kind.TIME,
        Meaning("When the answer was stored", "回答が保存された日時"),
    ),
    Column(
        "chosen_sha256",
        Kind.TEXT,
        Meaning(
            "SHA-256 of the chosen image's file, as in the manifest of the stimuli",
            "選ばれた画像ファイルのSHA-256。刺激一覧（manifest）と一致",
        ),
    ),
    Column(
        "recipe_sha256",
        Kind.TEXT,
        Meaning(
            "SHA-256 of the recipe: all parameters that decided the images",
            "レシピ（画像を決める全パラメータ）のSHA-256",
        ),
        can_be_empty=True,
    ),
    Column(
        "seed",
        Kind.INTEGER,
        Meaning(
            "Seed of the recipe; empty for images that were made elsewhere",
            "レシピの乱数シード。他所で生成した画像では空",
        ),
        can_be_empty=True,
    ),
    Column(
        "study",
        Kind.TEXT,
        Meaning("Short name of the study", "調査の短縮名"),
    ),
    Column(
        "composition",
        Kind.INTEGER,
        Meaning(
            "Version of the study in which these questions were composed",
            "これらの質問を構成した調査の版",
        ),
    ),
)

NAMES = tuple(column.name for column in COLUMNS)
