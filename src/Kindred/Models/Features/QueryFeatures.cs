using Kindred.Data;
using Kindred.Numerics.Sgd;

namespace Kindred.Models.Features;

/// <summary>What a query is known by beside the user's own number: attributes, the moment, the history.</summary>
/// <remarks>Attributes that the query's context names count before those of <see cref="Query.User"/>.</remarks>
/// <param name="users">[users], attributes.</param>
/// <param name="historyLength">Maximum number of items of the features of the history, the last ones.</param>
/// <param name="attributes">Of the items of a history; null where no feature needs them.</param>
/// <param name="pool">Adds the items of the feature history, given by their columns; null: all count alike.</param>
internal sealed class QueryFeatures(
    FeatureSpace space, FeatureRows users, int historyLength, HistoryAttributes? attributes = null,
    Action<int[], FactorizationBlock>? pool = null)
{
    private readonly FeatureField[] _fields = [.. space.Fields.Where(f => !f.IsOfItem)];

    /// <inheritdoc cref="IContextModel.ContextLabels"/>
    public IReadOnlyCollection<string> ContextLabels { get; } = NamesIn(space, isNumber: false);

    /// <inheritdoc cref="IContextModel.ContextNumbers"/>
    public IReadOnlyCollection<string> ContextNumbers { get; } = NamesIn(space, isNumber: true);

    /// <summary>No feature says anything of a query.</summary>
    public bool IsEmpty => _fields.Length == 0;

    /// <summary>Adds them to the row that is being filled.</summary>
    public void Add(in Query query, FactorizationBlock block)
    {
        AddAttributes(query, block);
        AddMoment(query, block);
        AddItems(query, block);
    }

    private void AddAttributes(in Query query, FactorizationBlock block)
    {
        int before = block.Pending;
        foreach (var field in _fields) if (field.Source == FeatureSource.UserAttribute) AddNamed(field, query.Context, block);
        if (block.Pending == before && (uint)query.User < (uint)users.Count)
            block.Add(users.ColumnsOf(query.User), users.ValuesOf(query.User));
    }

    private void AddMoment(in Query query, FactorizationBlock block)
    {
        foreach (var field in _fields)
        {
            if (field.Source == FeatureSource.Context) AddNamed(field, query.Context, block);
            else if (query.Context?.Time is { } time && field.Source is FeatureSource.Hour or FeatureSource.Weekday)
                field.Add([field.Source == FeatureSource.Hour ? FeatureValues.HourOf(time) : FeatureValues.WeekdayOf(time)], [], block);
        }
    }

    private void AddItems(in Query query, FactorizationBlock block)
    {
        var history = query.Liked.Span;
        if (history.IsEmpty) return;
        if (space[FeatureSource.LastItem] is { } last) last.Add([history[^1]], [], block);
        attributes?.Add([.. FactorizationData.Distinct(history).TakeLast(historyLength)], block);
        if (space[FeatureSource.History] is not { } field) return;
        int[] known = [.. FactorizationData.Distinct(history).Where(item => field.ColumnOf(item) >= 0).TakeLast(historyLength)];
        if (pool is null) field.Add(known, [], block);
        else pool([.. known.Select(field.ColumnOf)], block);
    }

    private static string[] NamesIn(FeatureSpace space, bool isNumber) =>
        [.. space.Fields.Where(f => f.Source is FeatureSource.UserAttribute or FeatureSource.Context)
            .Where(f => f.Number is not null == isNumber).Select(f => f.Name)];

    private static void AddNamed(FeatureField field, QueryContext? context, FactorizationBlock block)
    {
        if (context is null) return;
        if (field.Number is { } number)
        {
            if (context.Numbers.TryGetValue(field.Name, out float value) && field.ColumnOf(0) is >= 0 and int column)
                block.Add(column, number.Of(value));
            return;
        }
        if (!context.Labels.TryGetValue(field.Name, out var given)) return;
        if (field.IsText)
        {
            var grams = TextGrams.Of(StringTable.From([string.Join(' ', given)]));
            field.Add(grams[0], grams.CountsOf(0), block);
            return;
        }
        int[] labels = [.. given.Select(label => field.Labels!.TryGetIndex(label, out int index) ? index : -1).Where(index => index >= 0)];
        field.Add(labels, [], block);
    }
}
