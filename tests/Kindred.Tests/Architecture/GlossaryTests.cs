using System.Text.RegularExpressions;
using Kindred.Tests.Support;

namespace Kindred.Tests.Architecture;

/// <summary>Names and glossary say the same.</summary>
public sealed partial class GlossaryTests
{
    private static readonly string Glossary = File.ReadAllText(Path.Combine(RealData.Root, "GLOSSARY.md"));

    /// <summary>Of all projects in src, nested ones too.</summary>
    private static readonly HashSet<string> Types =
    [
        .. from file in Directory.GetFiles(Path.Combine(RealData.Root, "src"), "*.cs", SearchOption.AllDirectories)
           where !file.Replace('\\', '/').Contains("/obj/", StringComparison.Ordinal)
           from Match type in Declaration().Matches(File.ReadAllText(file))
           select type.Groups[1].Value,
    ];

    private static IEnumerable<string[]> Rows =>
        from line in Glossary.Split('\n')
        where line.StartsWith("| ", StringComparison.Ordinal)
        let cells = line.Trim().Trim('|').Split('|')
        where cells.Length == 4 && cells[0].Trim() is not ("term" or "---")
        select cells;

    [Fact]
    public void Every_type_in_the_glossary_exists()
    {
        string[] named = [.. Code().Matches(Glossary).Select(match => match.Groups[1].Value.Split('.')[0])
            .Where(name => char.IsUpper(name[0]))];
        Assert.True(named.Length > 50, $"only {named.Length} types were seen");
        Assert.All(named, name => Assert.Contains(name, Types));
    }

    [Fact]
    public void No_type_has_a_word_in_its_name_that_the_glossary_bans()
    {
        string[] banned =
            [.. Rows.SelectMany(cells => cells[3].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];
        Assert.True(banned.Length > 15 && Types.Count > 500, $"{banned.Length} words and {Types.Count} types were seen");
        Assert.Empty(
            from type in Types
            from Match word in Word().Matches(type)
            where banned.Contains(word.Value, StringComparer.OrdinalIgnoreCase)
                || banned.Contains(Singular(word.Value), StringComparer.OrdinalIgnoreCase)
            select $"{type}: the glossary bans '{word.Value}'");
    }

    [Fact]
    public void No_term_is_defined_twice_or_banned_elsewhere()
    {
        string[] terms = [.. Rows.SelectMany(cells => cells[0].Split(',', StringSplitOptions.TrimEntries))];
        Assert.Equal(terms.Distinct(), terms);
        Assert.Empty(terms.Intersect(Rows.SelectMany(cells => cells[3].Split(',', StringSplitOptions.TrimEntries))));
    }

    private static string Singular(string word) =>
        word.EndsWith("ies", StringComparison.Ordinal) ? $"{word[..^3]}y" : word.EndsWith('s') ? word[..^1] : word;

    [GeneratedRegex(@"\b(?:class|record struct|record|struct|interface|enum)\s+([A-Z]\w*)(?=\s*(?:[<(:{;]|where\b|$))",
        RegexOptions.Multiline)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"`([A-Za-z][\w.]*)`")]
    private static partial Regex Code();

    // ImplicitAls: Implicit, Als
    [GeneratedRegex("[A-Z]+(?![a-z])|[A-Z][a-z0-9]*")]
    private static partial Regex Word();
}
