using System.Text.RegularExpressions;
using Kindred.Tests.Support;

namespace Kindred.Tests.Architecture;

/// <summary>Texts use the field's words: phrases that had to be read twice stay out of code, help, errors and documents.</summary>
public sealed partial class PlainEnglishTests
{
    /// <summary>What is not written, and what is written instead.</summary>
    private static readonly (Regex Phrase, string Instead)[] Banned =
    [
        (ByLot(), "at random"),
        (GoesOn(), "continues"),
        (BesideOtherWork(), "on a busy machine"),
        (Apart(), "distinguish, differ significantly"),
        (OfWhom(), "users who, their"),
        (Somebody(), "a user, any user, all users"),
        (Masculine(), "they, their, them"),
        (ToldOtherwise(), "Default: x."),
        (LeftOut(), "Default: x."),
    ];

    public static TheoryData<string> Folders => ["src", "docs", "README.md", "ARCHITECTURE.md", "CHANGELOG.md", "GLOSSARY.md"];

    [Theory, MemberData(nameof(Folders))]
    public void Phrases_that_must_be_read_twice_are_not_written(string folder)
    {
        string path = Path.Combine(RealData.Root, folder);
        string[] exempt = ["/obj/"];
        string[] files = File.Exists(path) ? [path] :
        [
            .. Directory.GetFiles(path, "*", SearchOption.AllDirectories).Where(file =>
                Path.GetExtension(file) is ".cs" or ".md" or ".json"
                    && !exempt.Any(part => file.Replace('\\', '/').Contains(part, StringComparison.Ordinal))),
        ];
        Assert.NotEmpty(files);
        var found =
            from file in files
            let text = Flowing().Replace(Prose(file), " ")
            from banned in Banned
            from Match match in banned.Phrase.Matches(text)
            let around = text[Math.Max(0, match.Index - 40)..Math.Min(text.Length, match.Index + match.Length + 40)]
            select $"{Path.GetRelativePath(RealData.Root, file)}: '{match.Value}' in '…{around}…'; write: {banned.Instead}";
        Assert.Empty(found);
    }

    [Theory]
    [InlineData("users drawn by lot", true), InlineData("drawn by\n    /// lot", true), InlineData("a slot", false)]
    [InlineData("R. He, K. Chen", false), InlineData("the user and his items", true), InlineData("this", false),
        InlineData("goes\non from it", true)]
    [InlineData("Left out: all.", true), InlineData("are left out; the rest", false)]
    public void The_list_finds_what_it_should(string text, bool isFound) =>
        Assert.Equal(isFound, Banned.Any(banned => banned.Phrase.IsMatch(Flowing().Replace(text, " "))));

    // what commands print is shown as it is: its sentences are written in src, titles of films are not ours
    private static string Prose(string file) =>
        Path.GetExtension(file) is not ".md" ? File.ReadAllText(file)
            : Fenced().Replace(File.ReadAllText(file), block => block.Groups["language"].Value is "" ? "" : block.Value);

    [GeneratedRegex(@"^ *```(?<language>\w*)\r?$.*?^ *```\r?$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fenced();

    // line breaks, also within comments
    [GeneratedRegex(@"\s+(?://+\s*)?")]
    private static partial Regex Flowing();

    [GeneratedRegex(@"\bby lot\b|\bis drawn by\b", RegexOptions.IgnoreCase)]
    private static partial Regex ByLot();

    [GeneratedRegex(@"\bgo(?:es|ing)? on\b", RegexOptions.IgnoreCase)]
    private static partial Regex GoesOn();

    [GeneratedRegex(@"\bbeside other work\b", RegexOptions.IgnoreCase)]
    private static partial Regex BesideOtherWork();

    [GeneratedRegex(@"\btold apart\b|\btells? apart\b", RegexOptions.IgnoreCase)]
    private static partial Regex Apart();

    [GeneratedRegex(@"\bof whom\b|\bwho shows\b|\bsomebody whom\b", RegexOptions.IgnoreCase)]
    private static partial Regex OfWhom();

    [GeneratedRegex(@"\b(?:some|every|any)body(?:'s)?\b", RegexOptions.IgnoreCase)]
    private static partial Regex Somebody();

    // not He: an author
    [GeneratedRegex(@"\b(?:he|his|him|himself|His)\b")]
    private static partial Regex Masculine();

    [GeneratedRegex(@"\bunless told otherwise\b", RegexOptions.IgnoreCase)]
    private static partial Regex ToldOtherwise();

    [GeneratedRegex(@"\bLeft out: |; left out: ")]
    private static partial Regex LeftOut();
}
