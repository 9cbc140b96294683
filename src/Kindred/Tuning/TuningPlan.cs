using System.Text.Json.Nodes;
using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Tuning;

/// <summary>Says what to try next. What it says depends on the search's options and on finished rounds alone.</summary>
internal interface ITuningPlan
{
    /// <param name="done">The trials of all earlier rounds, the first of which is the trainer as it was given.</param>
    /// <returns>The options of the next round's trials; none: there is nothing left to try.</returns>
    IReadOnlyList<JsonObject> Next(IReadOnlyList<Trial> done);
}

/// <summary>Rounds of <see cref="TuningOptions.Parallel"/> trials, each different from all before it.</summary>
internal sealed class SequentialPlan(TuningOptions options) : ITuningPlan
{
    public IReadOnlyList<JsonObject> Next(IReadOnlyList<Trial> done)
    {
        var tried = done.Select(trial => trial.Options.ToJsonString()).ToHashSet();
        var random = options.Random;
        TreeParzen.Seen[] seen = options.Sampler == TuningSampler.Tpe ? Draws.SeenIn(options.Space, done) : [];
        var round = new List<JsonObject>();
        for (int number = done.Count + 1; number <= done.Count + options.Parallel; number++)
        {
            if (Draws.Untried(options.Space, seen, tried, random.Fork("trial", number)) is { } values)
                round.Add(values);
        }
        return round;
    }
}

/// <summary>What the plans share: drawing options that were not tried.</summary>
internal static class Draws
{
    // Enough to find one of the last values of a small space.
    private const int Attempts = 200;

    /// <summary>Trials with values in the ranges: those that were given may be outside of them.</summary>
    public static TreeParzen.Seen[] SeenIn(SearchSpace space, IEnumerable<Trial> trials) =>
        [.. trials.Where(trial => space.Contains(trial.Options))
            .Select(trial => new TreeParzen.Seen(space.PointOf(trial.Options), trial.Worth))];

    /// <param name="seen">What TPE draws by; none: at random.</param>
    /// <param name="tried">Options as JSON; those that are returned are added.</param>
    /// <returns>Null: hardly anything is left.</returns>
    public static JsonObject? Untried(SearchSpace space, TreeParzen.Seen[] seen, HashSet<string> tried, Rng rng)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            var values = space.ValuesAt(TreeParzen.Suggest(space, attempt == 0 ? seen : [], rng));
            if (tried.Add(values.ToJsonString())) return values;
        }
        return null;
    }
}
