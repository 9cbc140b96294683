using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Comparison;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Models;
using Kindred.Splitting;
using Kindred.Tuning;

namespace Kindred.Cli.Commands;

/// <summary>
/// `kindred compare`: which model for this data? Chosen on the validation part and, if asked, confirmed by one look at the test part.
/// </summary>
internal sealed class CompareCommand
{
    /// <summary>Of a search, the best: the more are compared, the less each comparison says.</summary>
    private const int MostCompared = 4;

    private readonly Option<string?> _report = new("--report") { Description = "Write the report as JSON.", HelpName = "file" };
    private readonly Option<string?> _html = new("--html") { Description = "Write the report as a web page.", HelpName = "file" };
    private readonly Option<double?> _minutes = new("--minutes")
    {
        Description = "Search models and their options together for this time: each model once, cheap ones first, then more options of the "
            + "better half, and so on. The result depends on the machine.",
        HelpName = "number",
    };
    private readonly Option<string?> _blend = new("--blend")
    {
        Description = "Also fuse the best models by weighted ranks, say whether that is worth it, and write the blend as a pipeline for "
            + "`kindred publish --pipeline`.",
        HelpName = "file",
    };
    private readonly Option<bool> _test = MeasureOptions.ReadsTest("the chosen model");
    private readonly SplitOptions _split;
    private readonly MeasureOptions _measure;
    private readonly SourceOptions _source;
    private readonly CliCommand _verb;

    private CompareCommand()
    {
        _verb = new CliCommand(
            "compare",
            "Compare all models that suit the data on the validation part, and recommend one. Compare models of your choice with "
                + "`kindred evaluate`.",
            "kindred compare ratings.csv",
            "kindred compare data/films --metric recall@20 --html films.html",
            "kindred compare data/films --minutes 30 --blend blend.json --test",
            "kindred compare --train-file train.txt --validation-file valid.txt --test-file test.txt --k 20 --test");
        _split = new(_verb);
        _measure = new(_verb);
        _verb.Options.Add(_minutes);
        _verb.Options.Add(_blend);
        _verb.Options.Add(_test);
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
        OutputPath.CheckFile(parse.GetValue(_blend));
        if (parse.GetValue(_minutes) is { } time && !(time is > 0 and < 1e6))
            throw new InputException($"--minutes must be more than 0, was {time}.");
        if (parse.GetValue(_blend) is not null && options.SampledNegatives is not null)
            throw new InputException("A blend is found on the whole catalogue; leave out --sampled-negatives or --blend.");
        if (parse.GetValue(_minutes) is not null && options.SampledNegatives is not null)
            throw new InputException("Options are searched on the whole catalogue; leave out --sampled-negatives or --minutes.");
        using var parts = _split.Open(parse, session, _source, needsValidation: true);
        var tuning = parts.WithLeakWarnings(parts.Split.Tuning);
        options.Check(tuning);
        var profile = DataProfile.For(tuning.Train);
        var shortlist = SuitableModels.For(tuning.Train, profile, session.Trainers);
        session.Print(Blocks(profile, shortlist, Format.Size(tuning.Train)));

        session.Print(new Heading($"Chosen on the validation part of {parts.Name}"));
        session.Print(ComparisonView.Protocol(tuning));
        var models = parse.GetValue(_minutes) is { } minutes
            ? Searched(session, tuning, shortlist, options, minutes) : shortlist.Entries;
        var choice = ModelComparison.On(tuning, models, options, session.Cancellation);
        session.Print(ComparisonView.Leaderboard(choice));
        session.Print(ComparisonView.Curve(choice));
        session.Print(ComparisonView.Verdicts(choice, withWinner: true));
        var blend = parse.GetValue(_blend) is null ? null : Blend.Find(tuning, choice, session.Cancellation);
        if (PublishChoice.NeedsKnownUsers(choice))
        {
            session.Print(new Paragraph(
                $"Only {Format.Many(choice.Counts.WarmUsers, "measured user")} had a history; to compare personal models takes at least "
                + $"{PublishChoice.FewestKnownUsers}. "
                + "Compare on each user's last event as well: --split leave-last."));
        }

        var final = parse.GetValue(_test) ? parts.WithLeakWarnings(parts.Split.Final) : null;
        var confirmed = final is null ? new ConfirmedChoice(choice, null) : choice.Confirm(final, session.Cancellation);
        if (confirmed.Test is { } test)
        {
            session.Print(new Heading("Confirmed on the test part, read once"));
            session.Print(ComparisonView.Protocol(final!));
            session.Print(ComparisonView.Leaderboard(test));
        }
        var confirmedBlend = final is null || blend?.AgainstBest is null ? null
            : blend.Confirm(final, options, session.Cancellation);
        if (parse.GetValue(_blend) is { } file) session.Print(BlendBlocks(blend, confirmedBlend, file, tuning.AllowsRepeats));
        session.Print(ComparisonView.Notes(choice, _measure.ExplainsIn(parse)));
        session.Print(new Heading("Which to use"));
        bool isBaseline = choice.Winner.AgainstBaseline is null;
        session.Print(new Paragraph($"{confirmed.Advice}{(isBaseline ? "" : " Next: kindred tune.")}"));
        if (final is null && !isBaseline) session.Print(new Paragraph($"The test part was not read. {MeasureOptions.HowToReadTest}"));

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
            blend = blend is null ? null : new
            {
                parts = blend.Parts.Select(part => new { part.Model.Name, part.Weight }),
                validation = blend.AgainstBest,
                test = confirmedBlend,
                blend.IsWorthIt,
            },
        }));
    }

    /// <summary>The best options of the best models, and what was not tried.</summary>
    private static IReadOnlyList<ModelSpec> Searched(
        CommandContext session, Holdout holdout, Shortlist shortlist, ComparisonOptions options, double minutes)
    {
        var metric = options.MainMetricFor(holdout);
        var filler = options.Fallback is { } fallback ? session.Train(fallback, holdout.Train).Model : null;
        var search = new ModelSearch(
            ValidationObjective.Of(holdout, metric, filler, session.Training),
            new()
            {
                Trainer = shortlist.Entries[0].Trainer,
                Space = session.Trainers.Find(shortlist.Entries[0].TrainerName).Space.For(shortlist.Entries[0].Trainer),
                Subject = ValidationObjective.SubjectOf(holdout, metric, options.Fallback?.Name, session.Training),
                Seed = session.Seed,
                Cancellation = session.Cancellation,
            }, TimeSpan.FromMinutes(minutes));
        ModelSpec[] models = [.. shortlist.Entries.Select(spec => spec with { Trainer = spec.Trainer.For(holdout.Train) })];
        var found = session.Activity.Run("Searching models and options", _ => search.Run(models, session.Trainers));
        session.Print(
        [
            new Heading($"Searched for {Format.Duration(TimeSpan.FromMinutes(minutes))}"),
            new Grid(
                [new("best options of each model"), new(metric.Name, IsNumber: true), new("trials", IsNumber: true),
                    new("time", IsNumber: true), new("not searched further", Wraps: true)],
                [.. found.Select(model => new[]
                {
                    model.Best.Name, model.Value is { } value ? Format.Metric(Math.Abs(value)) : "–", Format.Count(model.Trials),
                    Format.Duration(TimeSpan.FromSeconds(model.Seconds)), model.Left ?? "",
                })]),
        ]);
        ModelSpec[] best = [.. found.Where(model => model.Value is not null).Take(MostCompared).Select(model => model.Best)];
        var forAll = found.Where(model => model is { Value: not null, Best.IsPersonal: false }).Take(1).Select(model => model.Best);
        return [.. best.Union(forAll)];
    }

    /// <summary>Writes the blend, and says whether to use it.</summary>
    private static IEnumerable<Block> BlendBlocks(Blend? blend, PairedComparison? confirmed, string file, bool allowsRepeats)
    {
        yield return new Heading("A blend of the best models");
        if (blend is null)
        {
            yield return new Paragraph("There are not two personal models to blend.");
            yield break;
        }
        yield return new Grid([new("model"), new("weight", IsNumber: true)],
            [.. blend.Parts.Select(part => new[] { part.Model.Name, Format.Count(part.Weight) })]);
        yield return new Paragraph(blend.Advice);
        if (confirmed is not null) yield return new Paragraph($"On the test part: {confirmed.Verdict}");
        if (blend.AgainstBest is null) yield break;
        OutputPath.WriteText(file, blend.ToPipeline(allowsRepeats).ToJson().GetRawText());
        yield return new Paragraph($"Written to {file}. Publish it with: kindred publish DATA --pipeline {PlainText.Word(file)}");
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
