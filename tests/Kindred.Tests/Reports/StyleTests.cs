using System.Globalization;
using System.Text.RegularExpressions;
using Kindred.Reports;
using Kindred.Reports.Markup;

namespace Kindred.Tests.Reports;

/// <summary>The style sheet's colors, in the light, in the dark and on paper.</summary>
public sealed partial class StyleTests
{
    private static readonly string Css = HtmlReport.Of(Reports.Of(["a", "b"]));

    public static TheoryData<int> Schemes => [0, 1, 2];

    private static Dictionary<string, double[]> ColorsOf(int scheme) =>
        Declaration.Matches(Root.Matches(Css)[scheme].Value).ToDictionary(m => m.Groups[1].Value, m => Enumerable.Range(0, 3)
            .Select(n =>
                Linear(int.Parse(m.Groups[2].Value.AsSpan(2 * n, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0))
                    .ToArray());

    [Theory, MemberData(nameof(Schemes))]
    public void Texts_have_contrast_to_what_they_are_on(int scheme)
    {
        var colors = ColorsOf(scheme);
        foreach (string text in (string[])["ink", "soft", "accent", "good", "bad"])
            foreach (string paper in (string[])["paper", "card", "tint"])
                Assert.True(
                    Contrast(colors[text], colors[paper]) >= 4.5, $"{text} on {paper}: {Contrast(colors[text], colors[paper]):0.0}");
        Assert.True(Contrast(colors["warn-ink"], colors["warn"]) >= 4.5);
    }

    [Theory, MemberData(nameof(Schemes))]
    public void Models_have_contrast_to_the_page(int scheme)
    {
        var colors = ColorsOf(scheme);
        foreach (string model in Models)
            Assert.True(Contrast(colors[model], colors["paper"]) >= 3, $"{model}: {Contrast(colors[model], colors["paper"]):0.0}");
    }

    /// <summary>
    /// What those see who lack one of the three kinds of cones, by G. Machado, M. Oliveira, L. Fernandes, "A Physiologically-based Model
    /// for Simulation of Color Vision Deficiency", TVCG 2009, at full severity. 10 in CIELAB is a difference that nobody overlooks.
    /// </summary>
    [Theory, MemberData(nameof(Schemes))]
    public void Models_can_be_told_apart_by_the_color_blind(int scheme)
    {
        double[][] protan = [[.152286, 1.052583, -.204868], [.114503, .786281, .099216], [-.003882, -.048116, 1.051998]],
            deutan = [[.367322, .860646, -.227968], [.280085, .672501, .047413], [-.011820, .042940, .968881]],
            tritan = [[1.255528, -.076749, -.178779], [-.078411, .930809, .147602], [.004733, .691367, .303900]];
        var colors = ColorsOf(scheme);
        foreach (double[][] eye in (double[][][])[[[1, 0, 0], [0, 1, 0], [0, 0, 1]], protan, deutan, tritan])
        {
            double[][] seen = [.. Models.SkipLast(1)
                .Select(m => Lab([.. eye.Select(row => Math.Clamp(row.Zip(colors[m], (a, b) => a * b).Sum(), 0, 1))]))];
            for (int a = 0; a < seen.Length; a++)
                for (int b = 0; b < a; b++)
                    Assert.True(Math.Sqrt(seen[a].Zip(seen[b], (x, y) => (x - y) * (x - y)).Sum()) > 10, $"m{a} and m{b}");
        }
    }

    private static string[] Models => [.. Enumerable.Range(0, ModelMarker.Colors).Select(n => $"m{n}"), "baseline"];

    private static double Contrast(double[] a, double[] b)
    {
        double first = Luminance(a), second = Luminance(b);
        return (Math.Max(first, second) + .05) / (Math.Min(first, second) + .05);
    }

    private static double Luminance(double[] rgb) => (.2126 * rgb[0]) + (.7152 * rgb[1]) + (.0722 * rgb[2]);

    private static double Linear(double value) => value <= .04045 ? value / 12.92 : Math.Pow((value + .055) / 1.055, 2.4);

    private static double[] Lab(double[] rgb)
    {
        double x = F(((.4124 * rgb[0]) + (.3576 * rgb[1]) + (.1805 * rgb[2])) / .95047), y = F(Luminance(rgb)),
            z = F(((.0193 * rgb[0]) + (.1192 * rgb[1]) + (.9505 * rgb[2])) / 1.08883);
        return [(116 * y) - 16, 500 * (x - y), 200 * (y - z)];
        static double F(double t) => t > .008856 ? Math.Cbrt(t) : (7.787 * t) + (16.0 / 116);
    }

    [GeneratedRegex(@":root \{.*?\}", RegexOptions.Singleline)]
    private static partial Regex Root { get; }

    [GeneratedRegex("--([a-z0-9-]+): #([0-9a-f]{6});")]
    private static partial Regex Declaration { get; }
}
