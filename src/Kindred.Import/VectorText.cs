using System.Globalization;
using System.Text.RegularExpressions;

namespace Kindred.Import;

/// <summary>Vectors as programs write them into a cell: <c>[0.1, 0.2]</c>, <c>[0.1 0.2]</c> of numpy, <c>{0.1,0.2}</c>,
/// <c>0.1;0.2;0.3</c>.</summary>
internal static partial class VectorText
{
    private const int Short = 2;

    private static readonly string[] Names = ["embedding", "vector", "emb", "vec"];

    /// <summary>Whether the cell is a vector: numbers some of which are no whole ones, as those of codes are.</summary>
    /// <param name="name">Of the column: what is called a vector may hold whole numbers.</param>
    public static bool Are(string name, string text)
    {
        string[] parts = Parts(text);
        bool isList = text.TrimStart() is ['[' or '(' or '{', ..];
        return parts.Length >= (isList ? Short : Short + 1) && parts.All(IsNumber)
            && (parts.Any(p => p.AsSpan().IndexOfAny('.', 'e', 'E') >= 0) || Names.Any(n => name.Contains(n,
                StringComparison.OrdinalIgnoreCase)));
    }

    public static string[] Parts(string text) =>
        Separator().Split(text.Trim().Trim('[', ']', '(', ')', '{', '}').Trim());

    private static bool IsNumber(string text) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float number) && float.IsFinite(number);

    [GeneratedRegex(@"\s*[,;|]\s*|\s+")]
    private static partial Regex Separator();
}
