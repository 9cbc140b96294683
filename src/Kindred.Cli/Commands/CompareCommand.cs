using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Comparison;

namespace Kindred.Cli.Commands;

/// <summary>`kindred compare`: which model for this data? Chosen on the validation part, confirmed by one look at the test part.</summary>
internal sealed class CompareCommand
{
    private readonly Option<string?> _report = new("--report") { Description = "Write the report as JSON.", HelpName = "file" };
    private readonly Option<string?> _html = new("--html") { Description = "Write the report as a web page.", HelpName = "file" };
    private readonly SplitOptions _split;
    private readonly MeasureOptions _measure;
    private readonly SourceOptions _source;
    private readonly CliCommand _verb;

    private CompareCommand()
    {
        _verb = new CliCommand(
            "compare", "Compare the models that suit the data, and recommend one. Compare models of your choice with `kindred evaluate`.",
            "kindred compare ratings.csv",
            "kindred compare data/films --metric recall@20 --html films.html",
            "kindred compare --train-file train.txt --validation-file valid.txt --test-file test.txt --k 20");
        _split = new(_verb);
        _measure = new(_verb);
        _verb.Options.Add(_report);
        _verb.Options.Add(_html);
        _source = new SourceOptions(_verb, SourceOptions.RawOrImported);
        _verb.Runs(Run);
    }

    public static Command Create() => new CompareCommand()._verb;

    private void Run(ParseResult parse, CommandContext session)
    {
        var options = _measure.In(parse, session);
        OutputPath.CheckFile(parse.GetValue(_report));
        OutputPath.CheckFile(parse.GetValue(_html));
        using var parts = _split.Open(parse, session, _source, needsValidation: true);
        var tuning = parts.WithLeakWarnings(parts.Split.Tuning);
        options.Check(tuning);
        var profile = DataProfile.For(tuning.Train);
        var shortlist = Shortlist.For(profile);
        session.Print(Blocks(profile, shortlist, Format.Size(tuning.Train)));

        session.Print(new Heading($"Chosen on the validation part of {parts.Name}"));
        session.Print(ComparisonView.Protocol(tuning));
        var choice = ModelComparison.On(tuning, shortlist.Entries, options, session.Cancellation);
        session.Print(ComparisonView.Leaderboard(choice));
        session.Print(ComparisonView.Curve(choice));
        session.Print(ComparisonView.Verdicts(choice, withWinner: true));
        if (PublishChoice.NeedsKnownUsers(choice))
        {
            session.Print(new Paragraph(
                $"Only {Format.Many(choice.Counts.WarmUsers, "measured user")} had a history; to compare personal models takes at least "
                + $"{PublishChoice.FewestKnownUsers}. "
                + "Compare on each user's last event as well: --split leave-last."));
        }

        var final = parts.WithLeakWarnings(parts.Split.Final);
        var confirmed = choice.Confirm(final, session.Cancellation);
        if (confirmed.Test is { } test)
        {
            session.Print(new Heading("Confirmed on the test part, read once"));
            session.Print(ComparisonView.Protocol(final));
            session.Print(ComparisonView.Leaderboard(test));
        }
        session.Print(ComparisonView.Notes(choice, _measure.ExplainsIn(parse)));
        session.Print(new Heading("Which to use"));
        session.Print(new Paragraph(confirmed.Test is null ? confirmed.Advice : $"{confirmed.Advice} Next: kindred tune."));

        var report = confirmed.ToReport(parts.Profile);
        ReportFiles.Write(report, parse.GetValue(_report), parse.GetValue(_html));
        session.Print(new JsonResult(new
        {
            advice = confirmed.Advice,
            use = confirmed.Winner,
            shortlist = shortlist.Entries.Select(e => new { e.Name, e.Why }),
            shortlist.LeftOut,
            validation = report with { Confirmation = null },
            test = confirmed.Test?.ToReport(),
        }));
    }

    private static IEnumerable<Block> Blocks(DataProfile profile, Shortlist shortlist, string size)
    {
        yield return new Heading("The data, and the models that suit it");
        yield return new Paragraph(
            $"{(profile.Ratings is { } scale ? $"Ratings from {scale.Min} to {scale.Max}" : "Implicit events")}, "
            + $"{(profile.First is null ? "without times" : $"{profile.First:yyyy-MM-dd} to {profile.Last:yyyy-MM-dd}")}: "
            + $"{size} to train on, {Format.Percent(profile.Density)} of all pairs.");
        yield return new Grid([new("model"), new("why", Wraps: true)], [.. shortlist.Entries.Select(e => new[] { e.Name, e.Why! })]);
        if (shortlist.LeftOut.Count > 0) yield return new BulletList([.. shortlist.LeftOut.Select(reason => $"Not compared: {reason}")]);
    }
}
