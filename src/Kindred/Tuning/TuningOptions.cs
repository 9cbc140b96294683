using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Tuning;

/// <summary>How the options of the next trial are found.</summary>
public enum TuningSampler
{
    /// <summary>Where good trials are dense and bad ones are not; see <see cref="TreeParzen"/>.</summary>
    Tpe,

    /// <summary>
    /// Each option uniformly in its range. J. Bergstra, Y. Bengio, "Random Search for Hyper-Parameter Optimization", JMLR 2012: better than
    /// a grid, as few options matter and a grid tries few values of those.
    /// </summary>
    Random,

    /// <summary>Many trials of few epochs, the best of them again with more; drawn at random. See <see cref="Hyperband"/>.</summary>
    Hyperband,

    /// <summary>
    /// Hyperband with trials that TPE draws. S. Falkner, A. Klein, F. Hutter, "BOHB: Robust and Efficient Hyperparameter Optimization at
    /// Scale", ICML 2018.
    /// </summary>
    Bohb,
}

/// <summary>Measures one trial. Called from several threads if trials run in parallel; the same trainer must get the same value.</summary>
/// <param name="trial">Its number, from 1.</param>
/// <returns>Higher is better; NaN or an infinity: the trial failed.</returns>
/// <exception cref="InputException">These options cannot be used: the trial failed, the search continues.</exception>
public delegate double TuningObjective(ITrainer trainer, int trial, CancellationToken cancellation);

/// <summary>What is searched, how, and how long.</summary>
public sealed record TuningOptions
{
    /// <summary>Its options are the first trial: what a search gains is the difference to that. Those that are not searched stay.</summary>
    public required ITrainer Trainer { get; init; }

    public required SearchSpace Space { get; init; }

    /// <summary>
    /// What the objective measures and on which data, by name: another subject has other draws, and a journal of another one is refused.
    /// </summary>
    public IReadOnlyDictionary<string, string> Subject { get; init; } = new Dictionary<string, string>();

    public TuningSampler Sampler { get; init; }

    /// <summary>Of the draws.</summary>
    public int Seed { get; init; }

    /// <summary>Trials in all, with those of the journal; null: until the time is over.</summary>
    [Range(1, int.MaxValue)]
    public int? Trials { get; init; } = 50;

    /// <summary>
    /// Of this run: no trial is begun later. How many there are then depends on the machine, so a result is repeated by its number of
    /// trials.
    /// </summary>
    public TimeSpan? Time { get; init; }

    /// <summary>
    /// Trials of a round: they are drawn before any of them is measured, and run side by side where memory allows. It changes what is
    /// drawn, not how well threads are used: one trial uses all of them.
    /// </summary>
    [Range(1, 64)]
    public int Parallel { get; init; } = 1;

    /// <summary>File that every finished trial is written to, and read from when it exists; null: none.</summary>
    public string? Journal { get; init; }

    /// <summary>Start over: empty the journal, of whatever search it is.</summary>
    public bool Fresh { get; init; }

    public IProgress<TuningProgress>? Progress { get; init; }

    public CancellationToken Cancellation { get; init; }

    /// <exception cref="InputException">An option is out of range.</exception>
    public void Check()
    {
        OptionCheck.Check(this);
        if (Space.Ranges.Count == 0)
            throw new InputException("There is no option to search; name a range, such as neighbours=10..500:log.");
        if (Trials is null && Time is null) throw new InputException("A search needs an end: give a number of trials or a time.");
        if (Time <= TimeSpan.Zero) throw new InputException($"time must be above 0, was {Time}.");
        PlanOf();
    }

    public bool SharesEpochs => Sampler is TuningSampler.Hyperband or TuningSampler.Bohb;

    /// <summary>
    /// The journal is of the first format, in which the trainer as given was no trial, or number 0, and draws depended on the seed alone: a
    /// search that it began continues so.
    /// </summary>
    internal bool IsFirstFormat { get; init; }

    /// <returns>With <see cref="IsFirstFormat"/> by the journal that is there.</returns>
    internal TuningOptions InFormatOfJournal() => this with
    {
        IsFirstFormat = !Fresh && Journal is not null && TuningJournal.Read(Journal) is var (search, _) && $"{search["version"]}" == "1",
    };

    /// <summary>Of the draws: two data sets are not searched at the same points.</summary>
    internal Rng Random => IsFirstFormat ? new((ulong)Seed) : Subject.OrderBy(named => named.Key, StringComparer.Ordinal)
        .Aggregate(new Rng((ulong)Seed), (rng, named) => rng.Fork($"{named.Key}={named.Value}"));

    /// <summary>Of the searched options, those that the trainer was given.</summary>
    internal JsonObject Given
    {
        get
        {
            var all = TrainerOptions.Of(Trainer);
            return new(Space.Ranges.Select(range => KeyValuePair.Create(range.Name, all[range.Name]?.DeepClone())));
        }
    }

    internal ITuningPlan PlanOf() => SharesEpochs ? new Hyperband(this) : new SequentialPlan(this);
}

/// <summary>Where a search stands.</summary>
/// <param name="Latest">The trial that was finished; null at the beginning.</param>
/// <param name="Best">The best so far; null: none succeeded.</param>
/// <param name="Resumed">Trials that were read from the journal; they count in <paramref name="Done"/>.</param>
public sealed record TuningProgress(Trial? Latest, Trial? Best, int Done, int Resumed, TimeSpan Elapsed);
