namespace Kindred.Import;

/// <summary>Times as people and programs write them in words, brought to what the engine's patterns know.</summary>
internal static class TimeText
{
    /// <summary>
    /// How months begin in German, French, Spanish, Italian, Portuguese, Dutch and Polish, where English has other letters.
    /// </summary>
    private static readonly (string Word, string English)[] Months =
        [("jän", "jan"), ("ene", "jan"), ("gen", "jan"), ("sty", "jan"), ("fév", "feb"), ("fev", "feb"), ("lut", "feb"), ("mär", "mar"),
            ("mrt", "mar"), ("maa", "mar"), ("avr", "apr"), ("abr", "apr"), ("kwi", "apr"), ("mai", "may"), ("mei", "may"), ("mag", "may"),
            ("maj", "may"), ("juin", "jun"), ("giu", "jun"), ("cze", "jun"), ("juil", "jul"), ("lug", "jul"), ("lip", "jul"),
            ("aoû", "aug"), ("aou", "aug"), ("ago", "aug"), ("sie", "aug"), ("set", "sep"), ("wrz", "sep"), ("okt", "oct"), ("ott", "oct"),
            ("out", "oct"), ("paź", "oct"), ("lis", "nov"), ("dez", "dec"), ("déc", "dec"), ("dic", "dec"), ("gru", "dec")];

    /// <summary>What is replaced, one after another: days of the week, <c>13th</c>, <c>at</c>, <c>Uhr</c>, <c>20h19</c>, points.</summary>
    private static readonly (string Pattern, string By)[] Replacements =
        [(@"^(mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(day)?\.?,?\s+", ""),
            (@"^(mo|di|mi|do|fr|sa|so)(ntag|enstag|ttwoch|nnerstag|eitag|mstag|nnabend)?\.?,?\s+", ""),
            (@"^(lun|mar|mercre|jeu|vendre|same)di,?\s+|^dimanche,?\s+", ""), (@"(\d)(st|nd|rd|th|er)\b", @"\1"),
            (@",?\s+(at|um|à|a las|alle|-)\s+", " "), (@"\s*(uhr|uur)$", ""), (@"\b(\d{1,2})\s?h\s?(\d{2})\b", @"\1:\2"),
            (@"\s*\([^()]*\)$", ""), (@"([\p{L}]{3,})\.", @"\1"), (@"(\d)\.? (de )?(\p{L}{3})\p{L}*\.? (de )?(\d)", @"\1 \3 \5"),
            (@"^(\p{L}{3})\p{L}* (\d)", @"\1 \2"), (@",(\d{1,6})$", @".\1"), (@"'(\d\d)$", @"\1"),
            (@"(\d{4})年(\d{1,2})月(\d{1,2})日", @"\1-\2-\3"), (@"\s*([ap])\.?m\.?$", @" \1m"),
            (@"(\d\d)\.(\d\d)\.(\d\d)(\.\d+ [ap]m)$", @"\1:\2:\3\4"), (@"\s+", " ")];

    /// <returns>SQL: the text of a cell → the same in lower case, without what is said besides, months as English begins them.</returns>
    public static string Plain(string text)
    {
        const int OfWeekdays = 3; // of the replacements: they go before months, which are looked for in the first word
        string plain = $"lower(trim({text}))";
        for (int n = 0; n < Replacements.Length; n++)
        {
            if (n == OfWeekdays) plain = InEnglish(plain);
            var (pattern, by) = Replacements[n];
            plain = $"regexp_replace({plain}, {Sql.Literal(pattern)}, {Sql.Literal(by)}, 'g')";
        }
        return $"trim({plain})";
    }

    private static string InEnglish(string text)
    {
        string months = string.Join(' ', Months.Select(m =>
            $"WHEN starts_with(word, {Sql.Literal(m.Word)}) THEN replace(cell, word, {Sql.Literal(m.English)})"));
        return $"list_transform([{text}], lambda cell: list_transform([regexp_extract(cell, '\\p{{L}}{{3,}}')], "
            + $"lambda word: CASE {months} ELSE cell END)[1])[1]";
    }
}
