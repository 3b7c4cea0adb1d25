"""What the default fonts of Debian's console can show.

Made from console-setup-linux 1.221: the characters that Lat15-Fixed16 (the default), Lat15-Terminus16,
Lat15-VGA16 and Uni2-Fixed16 all have.
"""

from __future__ import annotations

GLYPHS = frozenset(
    " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxy"
    "z{|}~¡¢£¤¥¦§¨©ª«¬®¯°±²³´µ¶·¸¹º»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö"
    "÷øùúûüýþÿĐĞğİıŒœŞşŠšŸŽžƒˆˉ˜ΑΒΕΖΗΙΚΜΝΟΡΤΧμπЁЅІЇЈАВЕКМНОРСТХаеорсухёѕіїјҮ‐‑‒–—―‘’‚“”„†‡•…‰‹›"
    "‼ⁿ₧€₮№™KÅ←↑→↓∅∈−∞∩≈≠≡≤≥≪≫⊕⊖⊘⊙⊛⊜①②③④⑤⑥⑦⑧⑨ⒶⒷⒸⒹⒺⒻⒼⒽⒾⒿⓀⓁⓂⓃⓄⓅⓆⓇⓈⓉⓊⓋⓌⓍⓎⓏⓐⓑⓒⓓⓔⓕⓖⓗⓘⓙⓚⓛⓜⓝⓞⓟⓠⓡⓢⓣⓤⓥⓦⓧ"
    "ⓨⓩ⓪─━│┃┄┅┆┇┈┉┊┋┌┍┎┏┐┑┒┓└┕┖┗┘┙┚┛├┝┞┟┠┡┢┣┤┥┦┧┨┩┪┫┬┭┮┯┰┱┲┳┴┵┶┷┸┹┺┻┼┽┾┿╀╁╂╃╄╅╆╇╈╉╊╋╌╍╎╏═║╒╓╔╕╖"
    "╗╘╙╚╛╜╝╞╟╠╡╢╣╤╥╦╧╨╩╪╫╬╭╮╯╰╱╲╳╴╵╶╷╸╹╺╻╼╽╾╿█░▒■▮▲▴▶▸▼▾◀◂◈●☐☑☒♦✗✘⮽�"
)
