using System.CommandLine;
using System.Text.Json;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Comparison;
using Kindred.Data;
using Kindred.Reports;
using Kindred.Splitting;
using Kindred.Storage;

namespace Kindred.Cli.Commands;

/// <summary>`kindred compare`: which model for this data? Chosen on the validation part, confirmed by one look at the test part.</summary>
internal sealed class CompareCommand
{
    private readonly Option<string?> _report = new("--report") { Description = "Write the report as JSON.", HelpName = "file" };
    private readonly Option<string?> _html = new("--html") { Description = "Write the report as a page to read.", HelpName = "file" };
    private readonly SplitOptions _split;
    private readonly MeasureOptions _measure;
    private readonly SourceOptions _source;
    private readonly CliCommand _verb;

    private CompareCommand()
    {
        _verb = new CliCommand("compare", "Try the models that suit the data, and recommend one, or popularity where nothing is better.",
            "kindred compare ratings.csv",
            "kindred compare data/films --metric recall@20 --html films.html",
            "kindred compare --train-file train.txt --validation-file valid.txt --test-file test.txt --k 20");
        _split = new(_verb);
        _measure = new(_verb);
        _verb.Options.Add(_report);
        _verb.Options.Add(_html);
        _source = new SourceOptions(_verb, SourceOptions.RawOrImported, isRequired: false);
        _verb.Runs(Run);
    }

    public static Command Create() => new CompareCommand()._verb;

    private void Run(ParseResult parse, CommandContext session)
    {
        var rules = _measure.RulesIn(parse);
        OutputPath.CheckFile(parse.GetValue(_report));
        OutputPath.CheckFile(parse.GetValue(_html));
        using var parts = _split.Open(parse, session, _source, needsValidation: true);
        var tuning = parts.WithLeakWarnings(parts.Split.Tuning);
        rules.Check(tuning, parts.Attributes, session);
        var shortlist = ShortlistOf(parts, session);
        session.Print(new Heading($"Chosen on the validation part of {parts.Name}"));
        foreach (var block in ComparisonView.Protocol(tuning)) session.Print(block);
        var choice = ModelComparison.Of(SpecsOf(shortlist), tuning, rules, session, parts.Attributes);
        foreach (var block in ComparisonView.Leaderboard(choice)) session.Print(block);
        if (PublishChoice.NeedsKnown(choice))
        {
            session.Print(new Paragraph(
                $"Only {Format.Many(choice.Entrants[0].Report.Counts.WarmUsers, "measured user")} had a history: too few to tell personal models "
                + "apart. Ask about every user's last event as well: --split leave-last."));
        }

        var confirmation = Confirm(choice, parts, rules, session);
        string advice = AdviceOf(choice, confirmation);
        session.Print(new Heading("Which to use"));
        session.Print(new Paragraph(advice));

        var report = choice.ToReport(parts.Name, parts.Fingerprint, parts.Profile);
        if (parse.GetValue(_report) is { } file) OutputPath.WriteText(file, JsonSerializer.Serialize(report, SealedFolder.Json));
        if (parse.GetValue(_html) is { } page) OutputPath.WriteText(page, HtmlReport.Of(report));
        session.Print(new JsonResult(new
        {
            advice,
            use = confirmation?.Winner.Name ?? ModelSpec.Popularity.Name,
            shortlist = shortlist.Entries.Select(e => new { e.Name, e.Why }),
            shortlist.LeftOut,
            validation = report,
            test = confirmation?.ToReport(parts.Name, parts.Fingerprint),
        }));
    }

    private static Shortlist ShortlistOf(SplitData parts, CommandContext session)
    {
        var train = parts.Split.Tuning.Train;
        var attributes = parts.Attributes;
        var profile = DataProfile.Of(train, parts.Opened?.Dataset.Manifest.Values ?? ValueKind.None,
            attributes.Items ?? Catalog.Empty(train.Items.Count), attributes.Users ?? Catalog.Empty(train.Users.Count));
        var shortlist = Shortlist.For(profile);
        session.Print(new Heading("What the data is, and what suits it"));
        session.Print(new Paragraph(
            $"{(profile.Ratings is { } scale ? $"Ratings from {scale.Min} to {scale.Max}" : "Implicit events")}, "
            + $"{(profile.First is null ? "without times" : $"{profile.First:yyyy-MM-dd} to {profile.Last:yyyy-MM-dd}")}: "
            + $"{Format.Size(train)} to train on, {Format.Percent(profile.Density)} of all pairs."));
        session.Print(new Grid([new("model"), new("why", Wraps: true)], [.. shortlist.Entries.Select(e => new[] { e.Name, e.Why })]));
        if (shortlist.LeftOut.Count > 0) session.Print(new BulletList([.. shortlist.LeftOut.Select(reason => $"Left out: {reason}")]));
        return shortlist;
    }

    private static ModelSpec[] SpecsOf(Shortlist shortlist) => [.. shortlist.Entries.Select(e => new ModelSpec(e.Name, e.Trainer))];

    /// <summary>The test part is read once, and only for the winner.</summary>
    /// <returns>Null: popularity won, so there is nothing to confirm.</returns>
    private static ModelComparison? Confirm(ModelComparison choice, SplitData parts, ComparisonOptions rules, CommandContext session)
    {
        if (choice.Winner.Name == ModelSpec.Popularity.Name) return null;
        session.Print(new Heading("Confirmed on the test part, read once"));
        var final = parts.WithLeakWarnings(parts.Split.Final);
        foreach (var block in ComparisonView.Protocol(final)) session.Print(block);
        var confirmation = ModelComparison.Of([choice.Winner.Training.Spec], final, rules, session, parts.Attributes);
        foreach (var block in ComparisonView.Leaderboard(confirmation)) session.Print(block);
        return confirmation;
    }

    private static string AdviceOf(ModelComparison choice, ModelComparison? confirmation)
    {
        if (confirmation is null) return choice.Leaderboard.Advice;
        string winner = choice.Winner.Name;
        return confirmation.Winner.Name == winner
            ? $"Use {winner}: best on the validation part, and on the test part {confirmation.VerdictOf(winner)} Next: kindred tune."
            : $"Use {ModelSpec.Popularity.Name}: {winner} was best on the validation part, but the test part does not confirm it. "
                + confirmation.VerdictOf(winner);
    }
}
