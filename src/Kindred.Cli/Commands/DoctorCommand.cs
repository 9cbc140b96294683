using System.CommandLine;
using System.Globalization;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Server;
using Kindred.Server.Renewal;
using Kindred.Server.Renewal.Readiness;

namespace Kindred.Cli.Commands;

/// <summary>`kindred doctor`: which models the events of a living folder are enough for.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var data = LivingOption.Data();
        return new CliCommand("doctor",
            "Say which models a living folder has enough events for, what each gains over popularity, and about when it pays.",
            "kindred doctor --data shop") { data }
            .Runs(async (parse, session) =>
            {
                var folder = LivingFolder.Open(parse.GetRequiredValue(data));
                await using var store = await folder.OpenStoreAsync(session.Cancellation);
                var stored = await StoredData.ReadAsync(store, Path.GetFileName(folder.Path), cancellation: session.Cancellation);
                if (stored.Interactions.Histories.Count == 0)
                    throw new InputException($"{folder.Path} has no event to learn from yet; send some to its server.");
                var report = await session.Activity.Run("Training models on parts of the events", _ => Task.Run(
                    () => Doctor.Examine(stored, session.Trainers, TimeProvider.System.GetUtcNow(), session.Training, _ => { })));
                await report.KeepAsync(store, session.Cancellation);
                Print(report, session);
            });
    }

    private static void Print(DoctorReport report, CommandContext session)
    {
        session.Print(new Paragraph(string.Create(CultureInfo.InvariantCulture,
            $"{report.Events:N0} events of {report.Users:N0} users with {report.Items:N0} items, {report.EventsPerDay:N0} a day.")));
        session.Print(new Grid(
            [new("model"), new("enough?"), new("expected gain over popularity"), new("outlook", Wraps: true), new("why", Wraps: true)],
            [.. report.Models.Select(model => (string[])[model.Model, model.CanTrain, GainOf(model), model.Outlook, model.Reason])]));
        session.Print(new JsonResult(report));
    }

    private static string GainOf(ModelReadiness model) => model.Gain is not { } gain ? "not known"
        : string.Create(
            CultureInfo.InvariantCulture, $"{100 * gain:0.0} points of NDCG@10 ({100 * model.Low:0.0} to {100 * model.High:0.0})");
}
