using System.Text.RegularExpressions;
using Kindred.Storage;

namespace Kindred.Snapshots;

/// <summary>
/// The number of a snapshot in its folder, which says which is newer: clocks may be behind or ahead. A publisher claims the next one by
/// making the file <c>.000012.claim</c>, which only one process can.
/// </summary>
internal sealed partial class SnapshotNumber : IDisposable
{
    private readonly string _claim;

    private SnapshotNumber(long value, string claim) => (Value, _claim) = (value, claim);

    public long Value { get; }

    public string NameOf(DateTime time, string trainer) => $"{Value:D6}-{time:yyyyMMdd-HHmmss}-{trainer}";

    /// <returns>
    /// Paths of the readable snapshots in the folder: those with a number, the highest first, then older ones without, by the time in their
    /// manifests.
    /// </returns>
    /// <exception cref="InputException">The folder cannot be listed.</exception>
    public static IReadOnlyList<string> NewestFirst(string folder) =>
    [
        .. from claim in SealedFolder.ClaimsIn(folder, Snapshot.Kind)
           orderby In(claim.Id) descending, claim.Created descending, claim.Path
           select claim.Path,
    ];

    /// <returns>Paths of the folders beside a snapshot with a higher number in their names, whose manifests nobody can read.</returns>
    public static IEnumerable<string> UnreadableAfter(string snapshot, string folder) => snapshot == folder ? [] :
        SealedFolder.UnreadableIn(folder).Where(path => In(Path.GetFileName(path)) > (In(Path.GetFileName(snapshot)) ?? 0));

    /// <summary>Claims the number after the highest in the folder, which is made if it is missing.</summary>
    /// <exception cref="InputException">The folder cannot be written to.</exception>
    public static SnapshotNumber Claim(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            while (true)
            {
                long next = Highest(folder) + 1;
                string claim = Path.Combine(folder, $".{next:D6}.claim");
                try { using var made = new FileStream(claim, FileMode.CreateNew); }
                catch (IOException) when (File.Exists(claim)) { continue; } // another publisher was faster
                // One that is done has taken its claim away, but its snapshot was in place before.
                if (Highest(folder, isPublished: true) < next) return new(next, claim);
                File.Delete(claim);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Takes the claim away, and those of killed publishers that a published number has passed.</summary>
    public void Dispose()
    {
        string folder = Path.GetDirectoryName(_claim)!;
        try
        {
            long published = Highest(folder, isPublished: true);
            foreach (string claim in Directory.EnumerateFiles(folder, ".*.claim"))
                if (claim == _claim || In(Path.GetFileName(claim)) is { } number && number <= published) File.Delete(claim);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { } // it holds a number and no more
    }

    private static long Highest(string folder, bool isPublished = false)
    {
        var ids = SealedFolder.ClaimsIn(folder, Snapshot.Kind).Select(claim => claim.Id);
        var names = Directory.EnumerateDirectories(folder).Select(Path.GetFileName).Concat(ids);
        if (!isPublished) names = names.Concat(Directory.EnumerateFiles(folder, ".*.claim").Select(Path.GetFileName));
        return names.Select(In).Max() ?? 0;
    }

    /// <returns>The number in a name; null: it was given without one.</returns>
    private static long? In(string? name) => name is not null && Pattern().Match(name) is { Success: true } match
        && long.TryParse(match.Groups["number"].Value, out long number) ? number : null;

    // An older name begins with a date, of 8 digits, and continues with a time, of 6.
    [GeneratedRegex(@"^(\.(?<number>[0-9]{6,})\.claim|(?<number>[0-9]{6,})-[0-9]{8}-[0-9]{6}-.+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Pattern();
}
