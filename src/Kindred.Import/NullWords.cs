namespace Kindred.Import;

/// <summary>What programs write where they know nothing.</summary>
internal static class NullWords
{
    /// <summary>As they are written; in other cases they are words.</summary>
    public static IReadOnlyList<string> All { get; } =
        ["NULL", "null", "Null", "(null)", "(NULL)", "<null>", "<NULL>", "[null]", "[NULL]", "NaN", "nan", "NAN", "-nan", "None", "none",
            "NONE", "NA", "N/A", "n/a", "#N/A",
         "#NA", "<NA>", "<na>", "NaT", "NIL", "nil", "\\N", "undefined", "#NULL!", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#N/D",
            "#NV", "#WERT!", "#BEZUG!", "#VALEUR!", "#NOM?", "N.A.", "n.a.", "pd.NA", "\\\\N", "\"NULL\"", "\"\"", "(blank)", "(Leer)",
                "(leer)", "(none)"];

    private static readonly HashSet<string> Set = [.. All];

    /// <summary>Whether the text is empty or such a word.</summary>
    public static bool Are(string text) =>
        ColumnText.Trim(text) is var word && (word.Length == 0 || word == "(no genres listed)" || Set.Contains(word));
}
