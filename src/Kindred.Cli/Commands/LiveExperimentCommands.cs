using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.OnlineExperiments;
using Kindred.OnlineExperiments.Analysis;
using Kindred.Reports;
using Kindred.Server;
using Kindred.Server.Experiments;
using Kindred.Server.Renewal;
using Kindred.Server.Renewal.Gate;
using Kindred.Storage;
using Kindred.Store;
using Kindred.Store.Exposures;

namespace Kindred.Cli.Commands;

/// <summary>`kindred experiment create`, `start`, `status`, `report` and `stop`: experiments of a living folder, whose server may
/// run.</summary>
internal static class LiveExperimentCommands
{
    private const string Actor = "kindred experiment";

    public static CliCommand CreateCreate()
    {
        var data = LivingOption.Data();
        var file = new Argument<string>("settings")
        {
            Description = "JSON of experiment (name, arms, metrics, design), treatments, scenario, and so on.",
        };
        return new CliCommand("create", "Write an experiment into a living folder; it does not run yet.",
            "kindred experiment create ranker.json --data shop") { file, data }
            .Runs((parse, session) => With(parse, data, session, async (registry, _, _) => Print(
                await registry.PutAsync(ExperimentSetup.Parse(Text(parse.GetRequiredValue(file))), Actor, session.Cancellation), session)));
    }

    public static CliCommand CreateStart()
    {
        var (data, name) = (LivingOption.Data(), Name());
        return new CliCommand("start", "Start an experiment; its design and its salt are fixed from then on.",
            "kindred experiment start ranker --data shop") { name, data }
            .Runs((parse, session) => With(parse, data, session, async (registry, _, _) => Print(
                await registry.StartAsync(parse.GetRequiredValue(name), Actor, session.Cancellation), session)));
    }

    public static CliCommand CreateStop()
    {
        var (data, name) = (LivingOption.Data(), Name());
        var reason = new Option<string?>("--reason") { Description = "Why; kept with the experiment.", HelpName = "text" };
        return new CliCommand("stop", "Stop an experiment: a running server gives everyone control from the next answers on.",
            "kindred experiment stop ranker --data shop --reason \"the button was broken\"") { name, data, reason }
            .Runs((parse, session) => With(parse, data, session, async (registry, _, _) => Print(await registry.StopAsync(
                parse.GetRequiredValue(name), Actor, parse.GetValue(reason), Outcome.NeedsPerson, session.Cancellation), session)));
    }

    public static CliCommand CreateStatus()
    {
        var data = LivingOption.Data();
        return new CliCommand("status", "List the experiments of a living folder.", "kindred experiment status --data shop") { data }
            .Runs((parse, session) => With(parse, data, session, async (registry, _, _) =>
            {
                var all = await registry.ListAsync(session.Cancellation);
                session.Print(all.Count == 0 ? new Paragraph("There is no experiment yet.")
                    : new Grid([new("experiment"), new("state"), new("started"), new("arms"), new("why it was stopped", Wraps: true)],
                        [.. all.Select(one => (string[])
                        [
                            one.Name, StateOf(one), one.StartedAt is { } at ? $"{at:yyyy-MM-dd HH:mm}" : "",
                            string.Join(", ", one.Setup.Experiment.Arms.Select(arm => arm.Name)), one.StopReason ?? "",
                        ])]));
                session.Print(new JsonResult(new { experiments = all.Select(one => ExperimentStatus.From(one)) }));
            }));
    }

    public static CliCommand CreateReport()
    {
        var (data, name) = (LivingOption.Data(), Name());
        var html = new Option<string?>("--html") { Description = "Write the report as a web page.", HelpName = "file" };
        return new CliCommand("report", "Say whether an experiment works, what its design allows to see, and what to do.",
            "kindred experiment report ranker --data shop --html ranker.html") { name, data, html }
            .Runs((parse, session) => With(parse, data, session, async (registry, folder, store) =>
            {
                OutputPath.CheckFile(parse.GetValue(html));
                var experiment = await registry.GetAsync(parse.GetRequiredValue(name), session.Cancellation);
                if (experiment.StartedAt is null) throw new InputException($"Experiment '{experiment.Name}' was not started.");
                if (experiment.Setup.Interleaved) await PrintInterleaved(experiment, folder, store, parse.GetValue(html), session);
                else await PrintReport(experiment, store, parse.GetValue(html), session);
            }));
    }

    /// <summary>What the users of a living folder did in the last days.</summary>
    public static async Task<ExperimentData> ReadHistory(
        string data, OnlineExperiment experiment, int days, CancellationToken cancellation)
    {
        await using var store = await LivingFolder.Open(data).OpenStoreAsync(cancellation);
        return await StoredHistory.ReadAsync(store, experiment, days, DateTimeOffset.UtcNow, cancellation);
    }

    private static async Task PrintReport(LiveExperiment experiment, IStore store, string? html, CommandContext session)
    {
        var report = await ExperimentReports.ReadAsync(experiment, store, DateTimeOffset.UtcNow, session.Cancellation) with
        {
            Command = CommandText.Text,
        };
        if (html is not null) OutputPath.WriteText(html, OnlineExperimentPage.Of(report));
        session.Print(ExperimentView.Of(report));
        session.Print(new JsonResult(report));
    }

    private static async Task PrintInterleaved(
        LiveExperiment experiment, LivingFolder folder, IStore store, string? html, CommandContext session)
    {
        await new InterleavedEvents(store, new(folder.Exposures)).UpdateAsync(experiment, session.Cancellation);
        var report = await ExperimentReports.ReadInterleavedAsync(experiment, store, DateTimeOffset.UtcNow, session.Cancellation);
        if (html is not null) OutputPath.WriteText(html, InterleavingPage.Of(report));
        session.Print(new Paragraph(report.Summary));
        session.Print(Grid.OfPairs([.. report.Facts()]));
        session.Print(new JsonResult(report));
    }

    private static Argument<string> Name() => new("name") { Description = "The experiment." };

    private static void Print(LiveExperiment experiment, CommandContext session)
    {
        session.Print(new Paragraph(experiment.State switch
        {
            ExperimentState.Created => $"{experiment.Name} is written; `kindred experiment start {experiment.Name}` starts it.",
            ExperimentState.Running => $"{experiment.Name} runs.",
            _ => $"{experiment.Name} is stopped: everyone gets {experiment.Setup.Experiment.Arms[0].Name}.",
        }));
        session.Print(new JsonResult(ExperimentStatus.From(experiment)));
    }

    private static string StateOf(LiveExperiment experiment) => experiment.State.ToString().ToLowerInvariant();

    private static async Task With(
        ParseResult parse, Option<string> data, CommandContext session, Func<ExperimentRegistry, LivingFolder, IStore, Task> run)
    {
        var folder = LivingFolder.Open(parse.GetRequiredValue(data));
        await using var store = await folder.OpenStoreAsync(session.Cancellation);
        await run(
            new(store, new SnapshotShelf(folder, store, session.Trainers, warn: sentence => session.Activity.Note($"Warning: {sentence}")),
            session.Trainers, TimeProvider.System), folder, store);
    }

    private static string Text(string file)
    {
        try
        {
            return TextFile.Read(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{file} cannot be read: {error.Message}", error);
        }
    }
}
