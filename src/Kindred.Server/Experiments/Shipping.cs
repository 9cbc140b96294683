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

    /// <summary>
    /// Everything happens in one transaction: settings, what is served, the end of the experiment and the audit log.
    /// </summary>
    /// <param name="arm">Null: the only treatment.</param>
    /// <exception cref="InputException">There is no such experiment or arm, or nothing to ship.</exception>
    public async Task<LiveExperiment> ShipAsync(string name, string? arm, string by, string? reason)
    {
        var experiment = await registry.GetAsync(name);
        string shipped = Checked(experiment, arm);
        var treatment = experiment.Setup.TreatmentOf(shipped);
        string why = $"Shipped {shipped} of experiment {name}. {reason}".TrimEnd();
        // users have seen it: they are more than the gate knew
        var promote = treatment.Snapshot is { } snapshot ? await shelf.PromotingAsync(snapshot, by, why) : null;
        var traffic = await shelf.ChangeAsync(traffic =>
        {
            var change = (promote?.Invoke(traffic) ?? new(traffic, [])).Shipping(by, name, shipped, reason);
            return change.Next.Experiments.Find(name) is { State: ExperimentState.Running } running
                ? change.Stopping(running.Stopped(shelf.Now, by, why, Outcome.NeedsPerson), by) : change;
        }, () => SettingsAsync(experiment.Setup, treatment));
        if (promote is not null) shelf.NotePromoted(treatment.Snapshot!, by, why);
        await changes.CatchUpAsync();
        return traffic.Experiments.Find(name)!;
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

    /// <returns>What each of them shall be, and the version that it was read at.</returns>
    private async Task<IReadOnlyList<SettingChange>> SettingsAsync(ExperimentSetup setup, Treatment treatment)
    {
        List<SettingChange> changed = [];
        if (treatment.Scenario is { } scenario)
        {
            var scenarios = await store.Settings.GetAsync(Scenarios.Name);
            var all = JsonNode.Parse(scenarios?.Json ?? "{}")!;
            var pipeline = all[scenario]
                ?? throw new InputException($"There is no scenario '{scenario}' any more, so there is nothing to ship.");
            if (setup.Scenario is { } asked) all[asked] = pipeline.DeepClone();
            else changed.Add(await TrainingAsync(pipeline));
            changed.Add(new(Scenarios.Name, setup.Scenario is null ? null : all.ToJsonString(), scenarios!.Version));
        }
        if (treatment.Events is { } events)
            changed.Add(new(EventSettings.Name, events.ToJson(), (await store.Settings.GetAsync(EventSettings.Name))?.Version ?? 0));
        return changed;
    }

    private async Task<SettingChange> TrainingAsync(JsonNode pipeline)
    {
        var present = await store.Settings.GetAsync(RenewalSettings.Name);
        var settings = present is null ? new() : RenewalSettings.Parse(present.Json, trainers);
        settings = settings with { Model = null, Pipeline = JsonElement.Parse(pipeline.ToJsonString()) };
        return new(RenewalSettings.Name, settings.ToJson(), present?.Version ?? 0);
    }
}
