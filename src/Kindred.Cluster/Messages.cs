using Orleans.Concurrency;

namespace Kindred.Cluster;

/// <summary>What a job is to do: train a model, make lists, or measure models.</summary>
/// <param name="Data">Folder of partitions, as every silo sees it.</param>
/// <param name="Model">
/// Model and options, such as <c>implicit-als:dimensions=128</c>; for lists, a snapshot; for measuring, nothing.
/// </param>
/// <param name="Output">Model folder to write; for lists and measuring, a folder for what is made of each partition.</param>
/// <param name="Lists">Null: no lists are made.</param>
/// <param name="Measure">Null: nothing is measured.</param>
/// <param name="Split">How partitions are split, as JSON; null: they are not, and all events are learned from.</param>
[GenerateSerializer, Immutable]
public sealed record ClusterJob(
    string Id, string Data, string Model, int Seed, string Output, ListsTask? Lists = null, MeasureTask? Measure = null,
    string? Split = null)
{
    /// <summary>Something is made of each partition by itself; else a model is trained.</summary>
    internal bool IsByPartition => Lists is not null || Measure is not null;
}

/// <summary>Lists for all users of all partitions.</summary>
/// <param name="Count">Items in a list.</param>
/// <param name="Where">Conditions on items.</param>
/// <param name="Allow">Ids of the only items there may be; null: all.</param>
/// <param name="Deny">Ids of items that may not be there.</param>
[GenerateSerializer, Immutable]
public sealed record ListsTask(int Count, string[] Where, string[]? Allow, string[] Deny)
{
    internal RecommendRequest Request => new() { Count = Count, Where = Where, Allow = Allow, Deny = Deny };
}

/// <summary>Measuring of models on all partitions.</summary>
/// <param name="Names">Of the models.</param>
/// <param name="Models">Their folders.</param>
/// <param name="Fallback">Folder of the model that fills lists up; null: each model alone.</param>
/// <param name="Counts">Folder with what is known of the items.</param>
/// <param name="Metric">The main metric.</param>
/// <param name="CutOffs">The lengths of the lists.</param>
/// <param name="Metrics">Other metrics.</param>
/// <param name="GroupBy">Attributes of items.</param>
[GenerateSerializer, Immutable]
public sealed record MeasureTask(
    string[] Names, string[] Models, string? Fallback, string Counts, string Metric, int[] CutOffs, string[] Metrics, string[] GroupBy)
{
    internal ComparisonOptions Options => new() { Metric = Metric, CutOffs = CutOffs, Metrics = Metrics, GroupBy = GroupBy };
}

/// <summary>Where a job stands.</summary>
public enum JobState
{
    Running,
    Done,
    Failed,
    Cancelled,
}

/// <summary>A job as people see it.</summary>
/// <param name="Epoch">Epochs finished, of <paramref name="Epochs"/>; pieces, where the job has no epochs.</param>
/// <param name="Loss">Of the last epoch; null before the first.</param>
/// <param name="Attempts">How often work was given out: 1, and once more for each time a silo came or was lost.</param>
/// <param name="Silos">Who works on it.</param>
/// <param name="Note">What it does, or why it failed, in a sentence.</param>
/// <param name="Sent">Bytes of blocks that silos sent each other.</param>
/// <param name="Kept">Of the epochs, those that need not be done again whatever happens.</param>
[GenerateSerializer, Immutable]
public sealed record JobStatus(
    ClusterJob Job, JobState State, int Epoch, int Epochs, double? Loss, int Attempts, IReadOnlyList<string> Silos, string Note,
    DateTimeOffset Started, DateTimeOffset Changed, long Sent, int Kept);

/// <summary>Who does what of a job, until a silo comes or is lost.</summary>
/// <param name="Started">When the job began.</param>
/// <param name="Number">Later ones are larger, also after a restart.</param>
/// <param name="Epoch">Epochs that are finished and kept.</param>
/// <param name="Silos">Keys of all that take part, in order.</param>
/// <param name="Self">The place among them of the silo that gets this.</param>
/// <param name="Owners">[partitions]: the place of the silo that has it.</param>
[GenerateSerializer, Immutable]
internal sealed record Attempt(
    ClusterJob Job, string Folder, DateTimeOffset Started, long Number, int Epoch, string[] Silos, int Self, int[] Owners)
{
    /// <summary>Where pieces are kept.</summary>
    internal JobFolder Pieces => new(Job.IsByPartition ? Job.Output : Folder);
}

/// <summary>What silos do together; each ends before the next begins.</summary>
internal enum Work
{
    /// <summary>Read partitions, and what the last epoch left.</summary>
    Load,

    /// <summary>Answer with what the silos must know of the users.</summary>
    Users,

    /// <summary>Take in what is known of all users.</summary>
    Begin,

    /// <summary>Sum a step's blocks over all silos and make the next rows of those that are owned.</summary>
    Sum,

    /// <summary>Get the rows that others made.</summary>
    Gather,

    /// <summary>Solve the users; answer as <see cref="Users"/>.</summary>
    Solve,

    /// <summary>Get the items of a stratum and learn its pairs.</summary>
    Learn,

    /// <summary>Answer with the loss: of the items, or of the pairs of each partition.</summary>
    Loss,

    /// <summary>Keep the epoch.</summary>
    Keep,

    /// <summary>Make and keep the pieces that are owned and not there yet.</summary>
    Pieces,

    /// <summary>Write the model.</summary>
    Write,
}

/// <param name="Number">From 1 in an attempt: an order that comes twice is carried out once.</param>
/// <param name="Step">
/// Of <see cref="Work.Sum"/> and <see cref="Work.Gather"/>: the place of the step; −1: counting. Of <see cref="Work.Learn"/>: the stratum.
/// </param>
/// <param name="Epoch">That is being worked on.</param>
[GenerateSerializer, Immutable]
internal sealed record Order(int Number, Work Work, int Epoch, int Step, byte[] Data);

/// <param name="IsDone">False: it takes longer; ask again.</param>
/// <param name="Failure">Why the job can never end, in a sentence; null: it can.</param>
/// <param name="Sent">Bytes of blocks that this silo sent in this attempt.</param>
[GenerateSerializer, Immutable]
internal sealed record Outcome(bool IsDone, byte[] Data, string? Failure, long Sent);

/// <summary>A block of numbers; never copied within a process.</summary>
[GenerateSerializer, Immutable]
internal sealed class Block
{
    [Id(0)]
    public byte[] Bytes { get; init; } = [];

    /// <summary>How many messages the block takes.</summary>
    [Id(1)]
    public int Parts { get; init; } = 1;
}
