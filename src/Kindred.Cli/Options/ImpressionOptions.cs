using System.CommandLine;
using Kindred.Cli.Output;
using Kindred.Import;
using Kindred.Ranking;

namespace Kindred.Cli.Options;

/// <summary>--impressions: lists that were shown, for a ranker to learn from.</summary>
internal sealed class ImpressionOptions
{
    private readonly Option<string?> _file = new("--impressions")
    {
        Description = "Table of lists that were shown, for the ranker to learn from: columns user, item, time and event (shown or " +
            "taken).",
        HelpName = "file",
    };

    /// <summary>Adds it to the verb.</summary>
    public ImpressionOptions(CliCommand verb) => verb.Options.Add(_file);

    public bool IsGivenIn(ParseResult parse) => parse.GetValue(_file) is not null;

    /// <returns>None where nothing is said.</returns>
    /// <exception cref="InputException">The file cannot be used.</exception>
    public IReadOnlyList<Impression> Read(ParseResult parse, Interactions data, CommandContext session)
    {
        if (parse.GetValue(_file) is not { } path) return [];
        var log = session.Activity.Run("Reading impressions", _ => ImpressionLog.Read(path, data, session.Cancellation));
        session.Activity.Note(
            $"{Format.Many(log.Rows, "row")}: {Format.Many(log.Impressions.Count, "list")}; {Format.Count(log.UnknownItems)} of unknown " +
            $"items left out, {Format.Many(log.Repeats, "repeat")}.");
        return log.Impressions;
    }
}
