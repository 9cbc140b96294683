using System.Collections.Concurrent;
using System.Text.Json;
using Kindred.Store;

namespace Kindred.Server.Live;

/// <summary>Which segment each user is in: the first label of an attribute. Any thread reads, one at a time writes.</summary>
internal sealed class UserSegments
{
    private const int Page = 10_000;

    private readonly ConcurrentDictionary<string, string> _segments = new(StringComparer.Ordinal);

    private string? _attribute;

    /// <returns>Null: the user is in none.</returns>
    public string? Of(string owner) => _segments.GetValueOrDefault(owner);

    /// <summary>Reads all users, where that is another attribute than before.</summary>
    /// <param name="attribute">Null: nothing divides users.</param>
    public async Task ReadAsync(ICatalogStore users, string? attribute, CancellationToken cancellationToken)
    {
        if (attribute == _attribute) return;
        _attribute = attribute;
        _segments.Clear();
        if (attribute is null) return;
        string? last = null;
        while (await users.ListAsync(last, Page, cancellationToken) is { Count: > 0 } entries)
        {
            foreach (var entry in entries) Take(entry, attribute);
            last = entries[^1].Id;
        }
    }

    /// <summary>Reads one user, who changed.</summary>
    public async Task ReadOneAsync(ICatalogStore users, string id, CancellationToken cancellationToken)
    {
        if (_attribute is not { } attribute) return;
        if (await users.GetAsync(id, cancellationToken) is { } entry) Take(entry, attribute);
        else _segments.TryRemove(id, out _);
    }

    private void Take(CatalogEntry user, string attribute)
    {
        using var attributes = JsonDocument.Parse(user.Attributes);
        if (attributes.RootElement.TryGetProperty(attribute, out var value) && CatalogChanges.LabelsOf(value) is [var label, ..])
            _segments[user.Id] = label;
        else _segments.TryRemove(user.Id, out _);
    }
}
