using System.Buffers;
using Kindred.Data;

namespace Kindred.Import;

/// <summary>
/// How ids are written where a program changed all of a column: <c>7000.0</c> for 7000, which pandas makes of whole numbers, and quotes
/// that became part of the id.
/// </summary>
internal static class IdForms
{
    /// <summary>SQL: what two ids have in common that differ only in how they are written.</summary>
    private static readonly string Folded = $$"""
        lower(regexp_replace({{WithoutThousands($$"""
            regexp_replace(regexp_replace(translate(nfc_normalize(id || ''), {{Sql.Literal(Wide.From)}}, {{Sql.Literal(Wide.To)}}),
                '["''`‘’“”{}\s\p{Z}\p{Cf}]', '', 'g'), '[‐‑‒–—−]', '-', 'g')
            """)}}, '^0+(.)|[.,]0+$', '\1', 'g'))
        """;

    /// <summary>Digits of all scripts, and the wide forms of ASCII's characters that Japanese and Chinese keyboards write.</summary>
    private static (string From, string To) Wide
    {
        get
        {
            var digits = Enumerable.Range(0x80, 0xFF00 - 0x80).Select(c => (char)c).Where(char.IsDigit);
            var wide = Enumerable.Range('!', '~' - '!' + 1).Select(c => (char)c);
            return (string.Concat([.. digits, .. wide.Select(c => (char)(c + 0xFEE0))]),
                string.Concat([.. digits.Select(c => (char)('0' + (int)char.GetNumericValue(c))), .. wide]));
        }
    }

    /// <returns>SQL: 7,000 and 1.234.567 without separators. A point alone may stand before a fraction.</returns>
    private static string WithoutThousands(string text) => $$"""
        list_transform([{{text}}], t -> CASE WHEN regexp_full_match(t, '[0-9]{1,3}(,[0-9]{3})+|[0-9]{1,3}(\.[0-9]{3}){2,}')
            THEN regexp_replace(t, '[.,]', '', 'g') ELSE t END)[1]
        """;

    /// <summary>Quotes around an id: those of languages and programs, <c>="300"</c>, <c>b'300'</c>, the apostrophe of
    /// spreadsheets.</summary>
    private const string Wrapped = """(?:=?"|b?''|`|“|„|«)(.+)(?:["''`”“»])|''(.+)""";

    /// <summary>Without one of these, and without a zero at an end, no id is alike another: looking for them is cheap.</summary>
    private static readonly SearchValues<byte> Folding = SearchValues.Create(
        [.. "ABCDEFGHIJKLMNOPQRSTUVWXYZ \"'`{}[,\t\r\n\v\f"u8, .. Enumerable.Range(0x80, 0x80).Select(b => (byte)b)]);

    /// <returns>SQL: whether two ids differ only in how they are written.</returns>
    public static string AreAlike(string one, string other) =>
        $"{Folded.Replace("(id ||", $"({one} ||", StringComparison.Ordinal)} = {Folded.Replace("(id ||", $"({other} "
            + $"||", StringComparison.Ordinal)}";

    /// <summary>Takes off what is not part of the ids. Cost: a pass over the distinct ids.</summary>
    /// <param name="table">Distinct ids, in column <c>id</c>.</param>
    /// <param name="what">"user" or "item".</param>
    /// <param name="fold">Whether ids are the same that differ only in how they are written.</param>
    /// <returns>SQL: <c>id</c> → the id as it is meant; and what was done, in a sentence, or null.</returns>
    public static (string Id, string? Note) Of(DuckDbSession engine, string table, string what, bool fold)
    {
        if (fold) return ($"min(id) OVER (PARTITION BY {Folded})", $"{what} ids that differ only in how they are written are the same.");
        if (engine.Count($"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE NOT regexp_full_match(id, '{Wrapped}') LIMIT 1)") == 0)
            return ($"regexp_extract(id, '^(?:{Wrapped})$', 1) || regexp_extract(id, '^(?:{Wrapped})$', 2)",
                $"All {what} ids are in quotes, which are not part of them and are left out.");
        if (engine.Count($"SELECT count(*) FROM {table} WHERE suffix(id, '0') AND regexp_full_match(id, "
            + $"'.*[.,]00?')") == 0) return ("id", null);
        long other = engine.Count($"SELECT count(*) FROM {table} WHERE NOT regexp_full_match(id, '-?[0-9]+([.,]00?)?')");
        return other > 0 ? ("id", null) : (
            "regexp_extract(id, '^-?[0-9]+')",
            $"Some {what} ids are written as 7000.0, as pandas writes whole numbers beside missing ones; they are read as 7000.");
    }

    /// <returns>Warnings about ids that are probably not what they should be.</returns>
    /// <param name="table">Ids, in column <c>name</c>; the same as <paramref name="ids"/>.</param>
    public static IEnumerable<string> Suspicious(DuckDbSession engine, string table, StringTable ids, string what)
    {
        string source = $"(SELECT name AS id FROM {table})";
        var alike = !MayFold(ids) ? [] : engine.Rows($"""
            SELECT min(id), max(id), count(*) OVER () FROM {source} GROUP BY {Folded} HAVING min(id) <> max(id) ORDER BY min(id) LIMIT 1
            """);
        if (alike.Count > 0)
            yield return $"{alike[0][2]} {what} ids occur in several spellings that differ only by case, white space, quotes, zeros "
                + $"in front, .0, separators of thousands or the script of their digits, " +
                $"such as "
                + $"'{alike[0][0]}' and '{alike[0][1]}'; --fold-ids takes them for the same.";
        const string Scientific = @"[+-]?[0-9]([.,][0-9]+)?[eE]\+?[0-9]{2}";
        var cut = engine.Rows($"SELECT min(id), count(DISTINCT id) FROM {source} WHERE id < ':' AND " +
            $"regexp_full_match(id, '{Scientific}')")[0];
        if (cut[1] != "0")
            yield return $"{cut[1]} {what} ids are in scientific notation, such as {cut[0]}: a spreadsheet cut their digits, so that " +
                $"different "
                + $"ones became one; export the ids as text, or leave these rows out with --null {cut[0]}.";
        foreach (var (pattern, least, meaning) in Spoilt)
        {
            var spoilt = engine.Rows($"SELECT min(id), count(*), count(*) = (SELECT count(*) FROM {source}) FROM {source} WHERE "
                + $"regexp_matches(id, '{pattern}')")[0];
            if (long.Parse(spoilt[1]!) >= least && (least == 1 || spoilt[2] == "true"))
                yield return $"{spoilt[1]} {what} ids {meaning.Replace("{0}", spoilt[0], StringComparison.Ordinal)}";
        }
    }

    /// <summary>Patterns of ids that were something else, how many there must be, and what became of them.</summary>
    private static readonly (string Pattern, int Least, string Meaning)[] Spoilt =
    [
        ("^[0-9]{1,2}[-.](Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)$"
            + "|^(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-[0-9]{2}$", 1,
            "look like dates, such as {0}: a spreadsheet makes them of ids such as 3-1; export the ids as text."),
        ("^[0-9]{15,}0$", 2, "have 16 digits or more and end in 0, such as {0}: a spreadsheet keeps 15 digits, so that different "
            + "ones became one; "
            + "export the ids as text."),
        ("(?i)^((grand|sub)?[ _-]?totals?|(gesamt|zwischen)?summe|insgesamt|total general|total général|totale)"
            + "( \\([^)]*\\))?:?$", 1,
            "are named like a sum, such as {0}: if it is a row of totals, leave it out with --null '{0}' --on-error skip."),
        ("^[\\[{].*[\"'':]", 1, "are JSON or lists, such as {0}: --item-separator takes lists apart; otherwise write what is inside "
            + "as columns of its own."),
        ("Ã[\u0080-\u00bf]|â€|Ð[\u0080-\u00bf]", 1, "look like UTF-8 that a program read as something else and wrote again, such as "
            + "{0}: export it as UTF-8."),
    ];

    private static bool MayFold(StringTable ids)
    {
        for (int n = 0; n < ids.Count; n++)
            if (ids.Utf8(n) is var id && (id.ContainsAny(Folding) || id.StartsWith("0"u8) || (id.EndsWith("0"u8)
                && id.Contains((byte)'.')) || id.Count((byte)'.') > 1)) return true;
        return false;
    }
}
