using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;

namespace Kindred.Cli.Options;

/// <summary>Names what was typed and does not exist, with the nearest that does: the parser would take it for a file or a value.</summary>
internal static class Misspelling
{
    // what other programs call it
    private static readonly Dictionary<string, string> Synonyms = new(StringComparer.Ordinal)
    {
        ["--sep"] = "--delimiter",
        ["--separator"] = "--delimiter",
        ["--limit"] = "--count",
        ["--top"] = "--count",
        ["--jobs"] = "--threads",
        ["--workers"] = "--threads",
        ["--random-state"] = "--seed",
        ["--id"] = "--item",
    };

    // what another command does
    private static readonly Dictionary<(string Command, string Option), string> Elsewhere = new()
    {
        [("compare", "--model")] = "`kindred compare` compares the models that suit the data; `kindred evaluate` those of your choice.",
    };

    /// <param name="words">The command line, as it was given.</param>
    /// <returns>A sentence about the first option or command that does not exist; null: all do.</returns>
    public static string? In(ParseResult parse, string[] words)
    {
        var command = parse.CommandResult.Command;
        if (command.Subcommands.Count > 0 && parse.UnmatchedTokens.FirstOrDefault(token => !token.StartsWith('-')) is { } unknown)
            return Sentence("command", unknown, [.. command.Subcommands.Select(c => c.Name)], isListed: true);
        if (command is CliCommand { InsteadOfArguments: { } hint } && parse.UnmatchedTokens is [var plain, ..] && !plain.StartsWith('-'))
            return $"{plain} needs an option before it: {hint}";

        string[] options = [.. OptionsOf(parse.CommandResult)];
        foreach (string word in words.TakeWhile(word => word != "--"))
        {
            string name = word.Split('=', ':')[0];
            if (!word.StartsWith("--", StringComparison.Ordinal) || options.Contains(name)) continue;
            return Sentence("option", name, options) + (Elsewhere.TryGetValue((command.Name, name), out var other) ? $" {other}" : "");
        }
        if (MissingValueIn(parse, words, options) is { } missing) return missing;
        // the value of an option may begin with one hyphen, as ids may; an argument with one is an option that does not exist
        if (words.Contains("--")) return null;
        var arguments = parse.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens)
            .Select(token => token.Value);
        return arguments.FirstOrDefault(word => word.Length > 1 && word[0] == '-') is { } single ? Sentence("option", single, options)
            : null;
    }

    /// <summary>The parser would take the next option for the value.</summary>
    private static string? MissingValueIn(ParseResult parse, string[] words, string[] names)
    {
        int end = Array.IndexOf(words, "--") is var n && n < 0 ? words.Length : n;
        for (int at = 0; at < end; at++)
        {
            bool isLast = at + 1 == words.Length || words[at + 1] == "--";
            if (!isLast && !(words[at + 1].StartsWith("--", StringComparison.Ordinal) && names.Contains(words[at + 1]))) continue;
            var option = OptionsAt(parse.CommandResult).FirstOrDefault(o => o.Name == words[at] || o.Aliases.Contains(words[at]));
            if (option is null or { Arity.MinimumNumberOfValues: 0 }) continue;
            string[] values = [.. option.GetCompletions(CompletionContext.Empty).Select(value => value.Label)];
            string what = option.HelpName is { } name && name != "model" && values.Length > 0 ? string.Join(", ", values)
                : $"{words[at]} <{option.HelpName ?? "value"}>";
            return $"{words[at]} needs a value: {what}.";
        }
        return null;
    }

    /// <returns>The end of a sentence that says there is no such name: with the nearest ones, if any are near.</returns>
    public static string Near(string name, string[] known) =>
        NearestTo(name, known) is { Length: > 0 } near ? $"; did you mean {string.Join(" or ", near)}?" : ".";

    private static IEnumerable<string> OptionsOf(CommandResult result) =>
        OptionsAt(result).SelectMany(option => (string[])[option.Name, .. option.Aliases]);

    private static IEnumerable<Option> OptionsAt(CommandResult result)
    {
        bool isInherited = false;
        for (var at = result; at is not null; at = at.Parent as CommandResult)
        {
            foreach (var option in at.Command.Options.Where(option => !isInherited || option.Recursive)) yield return option;
            isInherited = true;
        }
    }

    private static string Sentence(string kind, string name, string[] known, bool isListed = false)
    {
        string[] near = NearestTo(name, known);
        return near.Length > 0 ? $"There is no {kind} {name}; did you mean {string.Join(" or ", near)}?"
            : isListed ? $"There is no {kind} {name}; there are {string.Join(", ", known)}."
            : $"There is no {kind} {name}.";
    }

    // what other programs call so is nearer than what is written alike
    private static string[] NearestTo(string name, string[] known) =>
        [.. known.Where(other => Synonyms.GetValueOrDefault(name) == other).Concat(Spelling.NearestTo(name, known)).Distinct().Take(2)];
}
