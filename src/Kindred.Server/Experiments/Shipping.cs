using System.Text.Json;
using System.Text.Json.Nodes;
using Kindred.Models;
using Kindred.Server.Live;
using Kindred.Server.Renewal;
using Kindred.Server.Renewal.Gate;
using Kindred.Store;

namespace Kindred.Server.Experiments;

/// <summary>Ends an experiment by giving everyone what a treatment gave some users.</summary>
internal sealed class Shipping(
    IStore store, SnapshotShelf shelf, ExperimentRegistry registry, StoreChanges changes, TrainerCatalog trainers)
{
    /// <returns>What shipping the arm does, in sentences.</returns>
    public static string Meaning(ExperimentSetup setup, string arm)
    {
        var treatment = setup.TreatmentOf(arm);
        List<string> parts = [];
        if (treatment.Snapshot is { } snapshot) parts.Add($"The snapshot {snapshot} is promoted.");
        if (treatment.Events is not null) parts.Add("The setting events becomes the arm's.");
        if (treatment.Scenario is { } scenario)
            parts.Add(setup.Scenario is { } asked ? $"Requests with scenario={asked} are answered by the pipeline of {scenario}."
                : $"The pipeline of {scenario} becomes the one to train: the next snapshot answers by it, and until then control does.");
        return string.Join(" ", parts);
    }

    /// <summary>What it does stays done if it is asked again after a failure half way.</summary>
    /// <param name="arm">Null: the only treatment.</param>
    /// <exception cref="InputException">There is no such experiment or arm, or nothing to ship.</exception>
    public async Task<LiveExperiment> ShipAsync(string name, string? arm, string by, string? reason)
    {
        var experiment = await registry.GetAsync(name);
        string shipped = Checked(experiment, arm);
        var setup = experiment.Setup;
        var treatment = setup.TreatmentOf(shipped);
        string why = $"Shipped {shipped} of experiment {name}. {reason}".TrimEnd();
        if (treatment.Scenario is { } scenario)
        {
            if (setup.Scenario is { } asked) await ChangeAsync(Scenarios.Name, "{}", json => Renamed(json, scenario, asked));
            else await ShipPipeline(scenario);
        }
        if (treatment.Events is { } events) await ChangeAsync(EventSettings.Name, "{}", _ => events.ToJson());
        // its users have seen it: they are more than the gate knew
        if (treatment.Snapshot is { } snapshot) await shelf.PromoteAsync(snapshot, by, why, evenIfFailed: true);
        await store.Audit.AppendAsync(by, "ship-experiment", name, JsonSerializer.Serialize(new { arm = shipped }), CancellationToken.None);
        if (experiment.State == ExperimentState.Running)
            experiment = await registry.StopAsync(name, by, why, Outcome.NeedsPerson);
        await changes.CatchUpAsync();
        return experiment;
    }

    private static string Checked(LiveExperiment experiment, string? arm)
    {
        var setup = experiment.Setup;
        if (experiment.Canary is { } canary)
            throw new InputException(
                $"'{experiment.Name}' is the gate's experiment, which decides by itself; promote {canary.Snapshot} to serve it now.");
        if (experiment.StartedAt is null) throw new InputException($"Experiment '{experiment.Name}' was not started.");
        string[] treated = [.. setup.Experiment.Arms.Skip(1).Select(one => one.Name).Where(one => !setup.TreatmentOf(one).IsNone)];
        if (treated.Length == 0) throw new InputException($"No arm of '{experiment.Name}' changes an answer, so there is nothing to ship.");
        string all = string.Join(", ", treated);
        if (arm is null) return treated is [var only] ? only : throw new InputException($"Name the arm to ship: {all}.");
        return treated.Contains(arm) ? arm
            : throw new InputException($"Experiment '{experiment.Name}' has no arm '{PlainText.Shorten(arm)}' to ship; it has {all}.");
    }

    private async Task ShipPipeline(string scenario)
    {
        var all = JsonNode.Parse((await store.Settings.GetAsync(Scenarios.Name))?.Json ?? "{}")!;
        string pipeline = Known(all, scenario).ToJsonString();
        await ChangeAsync(RenewalSettings.Name, new RenewalSettings().ToJson(), json =>
            (RenewalSettings.Parse(json, trainers) with { Model = null, Pipeline = JsonElement.Parse(pipeline) }).ToJson());
    }

    private static string Renamed(string json, string from, string to)
    {
        var all = JsonNode.Parse(json)!;
        all[to] = Known(all, from).DeepClone();
        return all.ToJsonString();
    }

    private static JsonNode Known(JsonNode scenarios, string name) =>
        scenarios[name] ?? throw new InputException($"There is no scenario '{name}' any more, so there is nothing to ship.");

    /// <summary>Another one may write the setting meanwhile: the change is made to what is there.</summary>
    private async Task ChangeAsync(string setting, string start, Func<string, string> next)
    {
        while (true)
        {
            var now = await store.Settings.GetAsync(setting);
            if (await store.Settings.SetAsync(setting, next(now?.Json ?? start), now?.Version ?? 0) is not null) return;
        }
    }
}
