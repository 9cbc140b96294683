namespace Kindred.Store.Exposures;

/// <summary>What one answer recommended.</summary>
/// <param name="RequestId">Of the answer: a UUIDv7. Not empty.</param>
/// <param name="Time">When it was answered, to the millisecond.</param>
/// <param name="Items">In the order of the list.</param>
public sealed record Exposure(string RequestId, DateTimeOffset Time, IReadOnlyList<ExposedItem> Items)
{
    public string? UserId { get; init; }

    public string? SessionId { get; init; }

    /// <summary>Which of the server's pipelines answered; null: the only one.</summary>
    public string? Scenario { get; init; }

    /// <summary>The id of the snapshot that answered; null: there was none.</summary>
    public string? Snapshot { get; init; }

    /// <summary>The version of the settings in use.</summary>
    public long SettingsVersion { get; init; }

    /// <summary>The arms of the experiments that the answer took part in.</summary>
    public IReadOnlyList<ExposedArm> Arms { get; init; } = [];

    /// <summary>How long the answer took to be made; ms. Null: it was not measured.</summary>
    public float? Latency { get; init; }

    /// <summary>The item that an exposure contract placed; null: none did.</summary>
    public ExposedContract? Contract { get; init; }
}

/// <summary>An item that an exposure contract put in the place of another one.</summary>
/// <param name="Position">Where, from 0.</param>
/// <param name="Cost">Clicks that were expected to be lost by it, at least 0.</param>
public readonly record struct ExposedContract(int Position, double Cost);

/// <summary>The arm that an answer was given by.</summary>
/// <param name="IsTriggered">Whether the arms could differ for its user, now or at an earlier answer: only then it is analyzed.</param>
public readonly record struct ExposedArm(string Experiment, string Arm, bool IsTriggered);

/// <summary>One item of an answer.</summary>
/// <param name="Position">In the list, from 0.</param>
/// <param name="Source">Which source of the pipeline proposed it.</param>
/// <param name="Propensity">The probability with which the item got its place; 1: nothing was random; NaN: not known, as in an interleaved
/// list.</param>
/// <param name="Arm">In an interleaved list, the arm whose item it is; null: of neither.</param>
public readonly record struct ExposedItem(
    string ItemId, int Position, string Source, float Score, double Propensity = 1, string? Arm = null);

/// <summary>A client says which items of an answer were really seen.</summary>
/// <param name="Positions">In the list of the answer, from 0.</param>
public sealed record ShownMark(string RequestId, DateTimeOffset Time, IReadOnlyList<int> Positions);

/// <summary>How an exposure log is kept.</summary>
public sealed record ExposureLogOptions
{
    /// <summary>Exposures and marks that may wait for the disk; further ones are dropped and counted.</summary>
    public int QueueLength { get; init; } = 20_000;

    /// <summary>How long waiting ones are collected into a block, at most.</summary>
    public TimeSpan BlockTime { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>A segment is closed when it has so many bytes.</summary>
    public long SegmentBytes { get; init; } = 32 << 20;

    /// <summary>A segment is closed when it is so old, so that retention removes little too late.</summary>
    public TimeSpan SegmentTime { get; init; } = TimeSpan.FromHours(6);

    /// <summary>Exposures older than this are removed, by whole segments.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(90);

    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
