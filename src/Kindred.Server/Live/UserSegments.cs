using System.Collections.Concurrent;
using System.Text.Json;
using Kindred.Store;

namespace Kindred.Server.Live;

/// <summary>Which segment each user is in: the first label of an attribute. Any thread reads, one at a time writes.</summary>
internal sealed class UserSegments
{
    private const int Page = 10_000;

    private volatile ConcurrentDictionary<string, string> _segments = new(StringComparer.Ordinal);
    private string? _attribute;

    /// <returns>Null: the user is in none.</returns>
    public string? Of(string owner) => _segments.GetValueOrDefault(owner);

    /// <summary>Reads all users, where that is another attribute than before.</summary>
    /// <param name="attribute">Null: nothing divides users.</param>
    /// <remarks>Where the store fails meanwhile, nothing changes, and the next call reads anew.</remarks>
    public async Task ReadAsync(ICatalogStore users, string? attribute, CancellationToken cancellationToken)
    {
        if (attribute == _attribute) return;
        var segments = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        string? last = null;
        while (attribute is not null && await users.ListAsync(last, Page, cancellationToken) is { Count: > 0 } entries)
        {
            foreach (var entry in entries) Take(segments, entry, attribute);
            last = entries[^1].Id;
        }
        (_segments, _attribute) = (segments, attribute);
    }

    /// <summary>Reads one user, who changed.</summary>
    public async Task ReadOneAsync(ICatalogStore users, string id, CancellationToken cancellationToken)
    {
        if (_attribute is not { } attribute) return;
        if (await users.GetAsync(id, cancellationToken) is { } entry) Take(_segments, entry, attribute);
        else _segments.TryRemove(id, out _);
    }

    private static void Take(ConcurrentDictionary<string, string> segments, CatalogEntry user, string attribute)
    {
        using var attributes = JsonDocument.Parse(user.Attributes);
        if (attributes.RootElement.TryGetProperty(attribute, out var value) && CatalogChanges.LabelsOf(value) is [var label, ..])
            segments[user.Id] = label;
        else segments.TryRemove(user.Id, out _);
    }
}
