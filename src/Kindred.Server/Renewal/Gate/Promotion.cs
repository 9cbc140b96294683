using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kindred.Models;
using Kindred.Storage;

namespace Kindred.Server.Renewal.Gate;

/// <summary>What the gate found about a snapshot, and what became of it: <c>promotion.json</c>, beside its manifest.</summary>
internal sealed record Promotion
{
    public const string FileName = "promotion.json";

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    public required string Snapshot { get; init; }

    /// <summary>Of the last event that it has learned.</summary>
    public required long Sequence { get; init; }

    /// <summary>The snapshot that was served when it was judged; null: none was.</summary>
    public string? Against { get; init; }

    /// <summary>What was trained, in a word, and with all options.</summary>
    public required string Model { get; init; }

    public required JsonObject Configuration { get; init; }

    /// <summary>What chose the configuration.</summary>
    public required string Why { get; init; }

    /// <summary>Null: the settings named the configuration.</summary>
    public int? Stage { get; init; }

    public required Outcome Verdict { get; init; }

    /// <summary>The verdict in a sentence.</summary>
    public required string Reason { get; init; }

    public required PromotionPolicy Policy { get; init; }

    public required DateTimeOffset JudgedAt { get; init; }

    public required IReadOnlyList<GateCheck> Checks { get; init; }

    /// <summary>What the configuration was chosen from, best first; empty: it was not chosen by measuring.</summary>
    public IReadOnlyList<ComparedConfiguration> Compared { get; init; } = [];

    /// <summary>The loss after each epoch of the training; empty: it has none.</summary>
    public IReadOnlyList<LearningPoint> LearningCurve { get; init; } = [];

    /// <summary>What became of it, oldest first.</summary>
    public IReadOnlyList<PromotionStep> Steps { get; init; } = [];

    /// <returns>Null: nothing judged the snapshot.</returns>
    /// <exception cref="InputException">It cannot be read.</exception>
    public static Promotion? Read(string snapshot)
    {
        string file = Path.Combine(snapshot, FileName);
        if (!File.Exists(file)) return null;
        try
        {
            return JsonSerializer.Deserialize<Promotion>(File.ReadAllBytes(file), SealedFolder.Json);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new InputException($"{file} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>
    /// Changes what is known of a snapshot; one process at a time. Nothing happens to one that is gone or was not judged.
    /// </summary>
    /// <param name="snapshot">The snapshot's folder.</param>
    /// <exception cref="InputException">It cannot be read.</exception>
    public static void Change(string snapshot, Func<Promotion, Promotion> change)
    {
        bool IsChanged(out Promotion next)
        {
            var known = Read(snapshot);
            next = known is null ? null! : change(known);
            return known is not null
                && JsonSerializer.Serialize(next, SealedFolder.Json) != JsonSerializer.Serialize(known, SealedFolder.Json);
        }
        if (!IsChanged(out _)) return; // as at most starts: nothing is written, and no lock
        using var held = TakeLock(Path.Combine(snapshot, $"{FileName}.lock"));
        if (IsChanged(out var next)) next.Write(snapshot);
    }

    /// <summary>Writes it, completely or not at all.</summary>
    /// <param name="snapshot">The snapshot's folder.</param>
    public void Write(string snapshot)
    {
        string file = Path.Combine(snapshot, FileName), draft = $"{file}.{Guid.NewGuid():n}.tmp";
        using (var stream = new FileStream(draft, FileMode.CreateNew))
        {
            JsonSerializer.Serialize(stream, this, SealedFolder.Json);
            stream.Flush(flushToDisk: true);
        }
        File.Move(draft, file, overwrite: true);
    }

    private static FileStream TakeLock(string file)
    {
        for (long start = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                return new(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (Stopwatch.GetElapsedTime(start) < LongestWait)
            {
                Thread.Sleep(1); // another process holds it for as long as a small file is written
            }
        }
    }
}

/// <summary>What a check found.</summary>
internal enum Outcome
{
    /// <summary>It speaks neither for nor against the snapshot: what it asks cannot be told.</summary>
    NotAnswered,

    Passed,

    /// <summary>Neither good nor bad by itself: a person must look.</summary>
    NeedsPerson,

    /// <summary>It is kept, and not served.</summary>
    Failed,
}

/// <summary>One check of the gate.</summary>
/// <param name="Value">What was measured; null: nothing was.</param>
/// <param name="Low">What the value exceeds with 95 % confidence, or the low end of its interval.</param>
/// <param name="Limit">What it had to keep to.</param>
internal sealed record GateCheck(
    string Name, Outcome Outcome, string Reason, double? Value = null, double? Low = null, double? High = null, double? Limit = null);

/// <summary>Something that was done with a snapshot.</summary>
/// <param name="By">A key's id, the name of a command, "gate" or "guardrails".</param>
/// <param name="Action">"promoted", "rolled back to", "rolled back", "canary started", "canary ended" or "rejected".</param>
internal sealed record PromotionStep(DateTimeOffset At, string By, string Action, string? Reason = null);
