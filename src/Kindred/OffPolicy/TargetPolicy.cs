namespace Kindred.OffPolicy;

/// <summary>A row of a policy's table: how probable an item is in a context.</summary>
/// <param name="Context">One of <see cref="BanditLog.Contexts"/>; null: in every context.</param>
/// <param name="Probability">In [0, 1].</param>
public readonly record struct PolicyRow(string? Context, string Item, double Probability);

/// <summary>A policy whose value is asked: the probabilities with which it would have shown what a <see cref="BanditLog"/> shows.</summary>
public sealed class TargetPolicy
{
    /// <summary>Probabilities of a context may add up to 1 ± this: tables are written with few digits.</summary>
    private const double Tolerance = .01;

    private TargetPolicy(string name, double[] chosen, double[][]? table, double[]? beyond)
    {
        (Name, Chosen, Table, Beyond) = (name, chosen, table, beyond);
    }

    /// <summary>For reports.</summary>
    public string Name { get; }

    /// <summary>[decisions]: the probability of the item that was shown.</summary>
    internal double[] Chosen { get; }

    /// <summary>[contexts][items]; null where only <see cref="Chosen"/> is known.</summary>
    internal double[][]? Table { get; }

    /// <summary>[contexts]: the probability of items that the log never shows.</summary>
    internal double[]? Beyond { get; }

    /// <summary>Each item of the log is as probable as any other.</summary>
    public static TargetPolicy Uniform(BanditLog log)
    {
        ArgumentNullException.ThrowIfNull(log);
        var row = new double[log.Items.Count];
        Array.Fill(row, 1.0 / row.Length);
        return OfTable("uniform", log, [.. log.Contexts.Select(_ => row)], new double[log.Contexts.Count]);
    }

    /// <summary>From a table. Items that it does not name are never shown; contexts that the log does not have are left out.</summary>
    /// <exception cref="InputException">Probabilities of a context do not add up to 1, or a context of the log is missing.</exception>
    public static TargetPolicy FromTable(string name, BanditLog log, IEnumerable<PolicyRow> rows)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(rows);
        var items = IndexOf(log.Items);
        var contexts = IndexOf(log.Contexts);
        double[][] table = [.. log.Contexts.Select(_ => new double[log.Items.Count])];
        var beyond = new double[table.Length];
        foreach (var row in rows)
        {
            if (!(row.Probability is >= 0 and <= 1))
                throw new InputException($"Policy {name} gives item {row.Item} the probability {row.Probability}; give a "
                    + "number from 0 to 1.");
            if (row.Context is null)
            {
                for (int context = 0; context < table.Length; context++) Add(context, row);
            }
            else if (contexts.TryGetValue(row.Context, out int context)) Add(context, row);
        }
        for (int context = 0; context < table.Length; context++)
        {
            double sum = table[context].Sum() + beyond[context];
            if (sum == 0) throw new InputException($"Policy {name} has no row of {NameOf(log.Contexts[context])}, which the log has.");
            if (Math.Abs(sum - 1) > Tolerance)
                throw new InputException($"Policy {name}: the probabilities of {NameOf(log.Contexts[context])} add up to "
                    + $"{sum:0.####}, not to 1.");
            for (int item = 0; item < table[context].Length; item++) table[context][item] /= sum;
            beyond[context] /= sum;
        }
        return OfTable(name, log, table, beyond);

        void Add(int context, PolicyRow row)
        {
            if (items.TryGetValue(row.Item, out int item)) table[context][item] += row.Probability;
            else beyond[context] += row.Probability;
        }
    }

    /// <summary>
    /// From the probabilities of the shown items alone: of policies that look at more than a context. Estimators that need all items,
    /// such as
    /// the direct method, are left out.
    /// </summary>
    /// <param name="probabilities">[decisions]</param>
    /// <exception cref="InputException">One is no probability, or there are too few.</exception>
    public static TargetPolicy FromChosen(string name, BanditLog log, IReadOnlyList<double> probabilities)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(probabilities);
        if (probabilities.Count != log.Count)
            throw new InputException($"Policy {name} has {probabilities.Count} probabilities for {log.Count} decisions; give "
                + "one for each.");
        for (int n = 0; n < probabilities.Count; n++)
        {
            if (!(probabilities[n] is >= 0 and <= 1))
                throw new InputException($"Policy {name} gives decision {n + 1} the probability {probabilities[n]}; give a "
                    + "number from 0 to 1.");
        }
        return new(name, [.. probabilities], null, null);
    }

    private static TargetPolicy OfTable(string name, BanditLog log, double[][] table, double[] beyond) =>
        new(name, [.. log.Item.Select((item, row) => table[log.Context[row]][item])], table, beyond);

    private static Dictionary<string, int> IndexOf(IReadOnlyList<string> names) =>
        names.Select((name, index) => (name, index)).ToDictionary(pair => pair.name, pair => pair.index, StringComparer.Ordinal);

    private static string NameOf(string context) => context.Length == 0 ? "its only context" : $"context {context}";
}
