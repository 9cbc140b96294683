using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.VectorData;

namespace Kindred.Integration.Tests.VectorData;

/// <summary>
/// A collection as connectors of vector stores are: it knows records by their attributes alone. Searched by inner products, one after the
/// other: an independent oracle.
/// </summary>
internal sealed class MemoryCollection<TKey, TRecord>(string name) : VectorStoreCollection<TKey, TRecord>
    where TKey : notnull
    where TRecord : class
{
    private readonly PropertyInfo _key = PropertyWith<VectorStoreKeyAttribute>(), _vector = PropertyWith<VectorStoreVectorAttribute>();
    private Dictionary<TKey, TRecord>? _records;

    public override string Name => name;

    /// <summary>How many records each write had, and how many keys each read.</summary>
    public List<int> Calls { get; } = [];

    public override Task<bool> CollectionExistsAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(_records is not null);

    public override Task EnsureCollectionExistsAsync(CancellationToken cancellationToken = default)
    {
        _records ??= [];
        return Task.CompletedTask;
    }

    public override Task EnsureCollectionDeletedAsync(CancellationToken cancellationToken = default)
    {
        _records = null;
        return Task.CompletedTask;
    }

    public override Task UpsertAsync(TRecord record, CancellationToken cancellationToken = default) =>
        UpsertAsync([record], cancellationToken);

    public override Task UpsertAsync(IEnumerable<TRecord> records, CancellationToken cancellationToken = default)
    {
        TRecord[] all = [.. records];
        Calls.Add(all.Length);
        var into = _records ?? throw new VectorStoreException($"There is no collection {name}.");
        foreach (var record in all) into[(TKey)_key.GetValue(record)!] = record;
        return Task.CompletedTask;
    }

    public override async Task<TRecord?> GetAsync(
        TKey key, RecordRetrievalOptions? options = null, CancellationToken cancellationToken = default)
    {
        await foreach (var record in GetAsync([key], options, cancellationToken)) return record;
        return null;
    }

    public override async IAsyncEnumerable<TRecord> GetAsync(
        IEnumerable<TKey> keys, RecordRetrievalOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        TKey[] all = [.. keys];
        Calls.Add(all.Length);
        await Task.Yield();
        // as stores do: without vectors where nobody asked, and in an order of their own
        if (options?.IncludeVectors != true) throw new InvalidOperationException("These tests read vectors.");
        foreach (var key in all.Reverse()) if (_records!.TryGetValue(key, out var record)) yield return record;
    }

    public override IAsyncEnumerable<TRecord> GetAsync(
        Expression<Func<TRecord, bool>> filter, int top, FilteredRecordRetrievalOptions<TRecord>? options = null,
        CancellationToken cancellationToken = default) =>
        _records!.Values.Where(filter.Compile()).Skip(options?.Skip ?? 0).Take(top).ToAsyncEnumerable();

    public override Task DeleteAsync(TKey key, CancellationToken cancellationToken = default)
    {
        _records!.Remove(key);
        return Task.CompletedTask;
    }

    public override IAsyncEnumerable<VectorSearchResult<TRecord>> SearchAsync<TInput>(
        TInput searchValue, int top, VectorSearchOptions<TRecord>? options = null, CancellationToken cancellationToken = default)
    {
        var query = (ReadOnlyMemory<float>)(object)searchValue!;
        return _records!.Values.Where(options?.Filter?.Compile() ?? (_ => true))
            .Select(record => new VectorSearchResult<TRecord>(
                record, Dot(query.Span, ((ReadOnlyMemory<float>)_vector.GetValue(record)!).Span)))
            .OrderByDescending(found => found.Score).Skip(options?.Skip ?? 0).Take(top).ToAsyncEnumerable();
    }

    public override object? GetService(Type serviceType, object? serviceKey = null) => null;

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int n = 0; n < a.Length; n++) sum += (double)a[n] * b[n];
        return sum;
    }

    private static PropertyInfo PropertyWith<TAttribute>() where TAttribute : Attribute =>
        typeof(TRecord).GetProperties().Single(property => property.GetCustomAttribute<TAttribute>() is not null);
}
