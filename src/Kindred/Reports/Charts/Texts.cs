using System.Globalization;

namespace Kindred.Reports.Charts;

/// <summary>How much room a text takes, about: fonts are the reader's.</summary>
internal static class Texts
{
    private const double WidthOfCharacter = 6.2;

    public static double Width(string text) => WidthOfCharacter * new StringInfo(text).LengthInTextElements;

    /// <returns>Without its middle if it is longer: names that begin alike often end apart.</returns>
    public static string Shortened(string text, int longest)
    {
        var elements = new StringInfo(text);
        int length = elements.LengthInTextElements, head = longest / 2, tail = longest - head - 1;
        return length <= longest ? text
            : $"{elements.SubstringByTextElements(0, head)}…{elements.SubstringByTextElements(length - tail)}";
    }
}
