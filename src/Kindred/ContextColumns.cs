using Kindred.Configuration;
using Kindred.Data;
using Kindred.Models;

namespace Kindred;

/// <summary>
/// What a request may say of its moment and its user: columns of the data, of its models, and those that a pipeline declares.
/// </summary>
/// <param name="Labels">Names.</param>
/// <param name="Numbers">Names.</param>
internal sealed record ContextColumns(IReadOnlySet<string> Labels, IReadOnlySet<string> Numbers)
{
    private const string OfUser = "user.";

    /// <param name="config">Null: a model answers alone.</param>
    public static ContextColumns Of(Interactions data, IEnumerable<IModel> models, PipelineConfig? config)
    {
        var (labels, numbers) = (new SortedSet<string>(StringComparer.Ordinal), new SortedSet<string>(StringComparer.Ordinal));
        void Add(Catalog columns, string prefix)
        {
            labels.UnionWith(columns.Labels.Keys.Concat(columns.Texts.Keys).Select(name => prefix + name));
            numbers.UnionWith(columns.Numbers.Keys.Select(name => prefix + name));
        }
        Add(data.Context, "");
        Add(data.UserAttributes, OfUser);
        foreach (var model in models.OfType<IContextModel>())
        {
            labels.UnionWith(model.ContextLabels);
            numbers.UnionWith(model.ContextNumbers);
        }
        foreach (var (name, kind) in config?.Context ?? new Dictionary<string, AttributeKind>())
            (kind == AttributeKind.Labels ? labels : numbers).Add(name);
        return new(labels, numbers);
    }

    /// <returns>A sentence for each name of a request that nothing looks at.</returns>
    public IEnumerable<string> WarningsFor(RecommendContext context) =>
        context.Labels.Keys.Where(name => !Labels.Contains(name)).Select(name => Warning("labels", name, "numbers", Numbers))
            .Concat(context.Numbers.Keys.Where(name => !Numbers.Contains(name)).Select(name => Warning("numbers", name, "labels", Labels)));

    private string Warning(string kind, string name, string otherKind, IReadOnlySet<string> others)
    {
        string given = $"Nothing looks at context.{kind}.{PlainText.Shorten(name)}";
        if (others.Contains(name)) return $"{given}; give it in context.{otherKind}.";
        string[] known = [.. Labels.Union(Numbers)];
        return known.Length == 0 ? $"{given}, or at any other name." : given + Spelling.Hint(name, known);
    }
}
