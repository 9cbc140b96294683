using Kindred.Models;
using Kindred.Models.Features;
using Kindred.Models.Towers;
using Kindred.Numerics;
using Kindred.Numerics.Sgd;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kindred.Neural;

/// <summary>The two towers in Torch, with gradients: see <see cref="TwoTower"/>.</summary>
internal sealed class TowerTrainingTask : ModelTrainingTask
{
    // Events of a shard, which share their items.
    private const int ShardEvents = 256;

    private static readonly string[] Sides = ["user", "item"];

    private readonly TwoTower _options;
    private readonly Interactions _data;
    private readonly FeatureSpace _space;
    private readonly FeatureRows _users, _events, _items; // [users], [events], [items]
    private readonly FeatureField? _id, _history;
    private readonly HistoryAttributes _attributes; // of the items of a history
    private readonly int[] _userOf, _popularity, _choices; // [events], [items], items with features that a user touched
    private readonly NumberColumns _numbers;
    private HardNegatives? _hard; // of this epoch

    public TowerTrainingTask(TwoTower options, Interactions data, FeatureSpace space, ParameterSet parameters) : base(parameters)
    {
        (_options, _data, _space) = (options, data, space);
        _userOf = new int[data.Histories.Count];
        for (int user = 0; user < data.Users.Count; user++)
            _userOf.AsSpan(data.Histories.Starts.Span[user]..data.Histories.Starts.Span[user + 1]).Fill(user);
        (_users, _events, _items) = (space.UserRows(data), space.EventRows(data, _userOf), space.ItemRows(data));
        (_id, _history, _attributes) = (space[FeatureSource.Item], space[FeatureSource.History], HistoryAttributes.Of(space, data));
        _numbers = new(space);
        _popularity = new int[data.Items.Count];
        foreach (int item in data.Histories.Items.Span) _popularity[item]++;
        _choices = [.. Enumerable.Range(0, _popularity.Length).Where(item => _popularity[item] > 0 && !_items.ColumnsOf(item).IsEmpty)];
    }

    /// <summary>
    /// The parameters with their first values: a label of the history begins as the item's, so that like items are near from the start.
    /// </summary>
    public static ParameterSet Create(TwoTower options, FeatureSpace space, Rng rng, Device device)
    {
        var parameters = new ParameterSet(device);
        int d = options.Dimensions, h = options.HiddenDimensions;
        var table = parameters.AddNormal("table", rng, 1 / Math.Sqrt(d), Math.Max(1, space.Columns), d);
        if (space[FeatureSource.HistoryAttribute] is not null)
            ParameterSet.Set(table, WithHistoryAsItems(ParameterSet.MatrixOf(table), space));
        foreach (string side in Sides)
        {
            parameters.AddNormal($"{side}.in", rng, 1 / Math.Sqrt(d), h, d);
            parameters.AddConstant($"{side}.in.bias", 0, h);
            parameters.AddNormal($"{side}.out", rng, .1 / Math.Sqrt(h), d, h); // at first an embedding is hardly more than the sum
            parameters.AddConstant($"{side}.out.bias", 0, d);
        }
        if (options.Pooling == HistoryPooling.Attention) AttentionPooling.AddTo(parameters, d, options.HistoryLength);
        return parameters;
    }

    private static Matrix WithHistoryAsItems(Matrix table, FeatureSpace space)
    {
        foreach (var field in space.Fields.Where(f => f.Source == FeatureSource.HistoryAttribute))
        {
            if (space.Fields.FirstOrDefault(f => f.Source == FeatureSource.ItemAttribute && f.Column == field.Column) is not { } item)
                continue;
            for (int label = 0; label < field.Columns.Length; label++)
                if (field.ColumnOf(label) is >= 0 and int to && item.ColumnOf(label) is >= 0 and int from)
                    table.Row(from).CopyTo(table.Row(to));
        }
        return table;
    }

    public override int Examples => _userOf.Length;

    private bool Attends => _options.Pooling == HistoryPooling.Attention;

    /// <param name="Users">[events], features of who asks.</param>
    /// <param name="Histories">[events], items that are pooled by attention; no rows where they are not.</param>
    /// <param name="Items">[items]</param>
    /// <param name="Answers">[events], the place of each one's item among the items.</param>
    /// <param name="Shifts">[events, items], −ln q; −∞ for other items of the user.</param>
    private sealed record TowerShard(
        FactorizationBlock Users, FactorizationBlock Histories, FactorizationBlock Items, long[] Answers, float[] Shifts)
        : Shard(Answers.Length, Answers.Length);

    public override void BeginEpoch()
    {
        if (_options.HardNegativeCount == 0 || _choices.Length == 0) return;
        var table = ParameterSet.MatrixOf(Parameters["table"]);
        _hard = new(
            _options.HardNegativeCount, table, Attention, TowerOf("user"), TowerModel.Embed(_items, table, TowerOf("item")), _choices);
    }

    public override IReadOnlyList<Shard> Prepare(ReadOnlySpan<int> examples, Rng rng)
    {
        var shards = new List<Shard>();
        for (int first = 0; first < examples.Length; first += ShardEvents)
            shards.Add(ShardOf(examples[first..Math.Min(first + ShardEvents, examples.Length)], rng));
        return shards;
    }

    private TowerShard ShardOf(ReadOnlySpan<int> events, Rng rng)
    {
        var history = _data.Histories.Items.Span;
        var chosen = new SharedCandidates();
        FactorizationBlock users = new(), histories = new(), items = new();
        var answers = new List<long>();
        var askers = new List<int>();
        foreach (int e in events)
        {
            if (_items.ColumnsOf(history[e]).IsEmpty || !AddUser(e, users, histories)) continue; // who is added must have an answer
            answers.Add(chosen.PlaceOf(history[e]));
            askers.Add(_userOf[e]);
        }
        for (int n = 0; n < _options.NegativeCount && _choices.Length > 0; n++) chosen.PlaceOf(_choices[rng.NextInt(_choices.Length)]);
        var mined = _hard?.Of(users, histories, askers, _data.ByUser, rng) ?? [];
        foreach (int item in mined) chosen.PlaceOf(item);
        foreach (int item in chosen.Values)
            AddItem(item, isNamed: _items.ColumnsOf(item).Length == 1 || rng.NextFloat() >= _options.IdDropout, items);
        double perEvent = (double)askers.Count / Math.Max(1, _userOf.Length), ofChoices = 1.0 / Math.Max(1, _choices.Length);
        var isMined = new HashSet<int>(mined);
        double Expected(int item) => // a mined item was among more that were drawn
            (perEvent * _popularity[item]) + (ofChoices * (_options.NegativeCount + (isMined.Contains(item) ? HardNegatives.Pool : 0)));
        return new(users, histories, items, [.. answers], chosen.Shifts(Expected, askers, answers, _data.ByUser));
    }

    // what the user of an event is known by at it; false: nothing
    private bool AddUser(int e, FactorizationBlock users, FactorizationBlock histories)
    {
        int user = _userOf[e], item = _data.Histories.Items.Span[e];
        users.Add(_users.ColumnsOf(user), _users.ValuesOf(user));
        users.Add(_events.ColumnsOf(e), _events.ValuesOf(e));
        if (_history is not null || !_attributes.IsEmpty)
        {
            int[] others = [.. FactorizationData.Distinct(_data.Histories.ItemsOf(user).Span).Where(other => other != item)
                .TakeLast(_options.HistoryLength)];
            _attributes.Add(others, users);
            if (!Attends) _history?.Add(others, [], users);
            else foreach (int other in others) histories.Add(_history!.ColumnOf(other), 1);
        }
        if (users.Pending + histories.Pending == 0) return false;
        users.End(0, 1);
        if (Attends) histories.End(0, 1);
        return true;
    }

    private void AddItem(int item, bool isNamed, FactorizationBlock items)
    {
        var columns = _items.ColumnsOf(item);
        var values = _items.ValuesOf(item);
        int own = isNamed ? -1 : _id?.ColumnOf(item) ?? -1;
        for (int n = 0; n < columns.Length; n++) if (columns[n] != own || isNamed) items.Add(columns[n], values[n]);
        items.End(0, 1);
    }

    public override Tensor Loss(Shard shard, Dropout dropout)
    {
        var s = (TowerShard)shard;
        if (s.Targets == 0) return Parameters["table"].sum().Times(0);
        Tensor users = Embed(s.Users, "user", dropout, s.Histories), items = Embed(s.Items, "item", dropout); // [events, d], [items, d]
        var scores = matmul(users, items.t()).Times(1 / _options.Temperature)
            .Plus(tensor(s.Shifts, [s.Targets, s.Items.Count], device: Parameters.Device));
        return F.cross_entropy(scores, tensor(s.Answers, device: Parameters.Device), reduction: nn.Reduction.Sum);
    }

    private Tensor Embed(FactorizationBlock rows, string side, Dropout dropout, FactorizationBlock? histories = null)
    {
        var features = SumOf(rows);
        var sum = dropout.Apply(histories is { Count: > 0 } ? features.Plus(AttentionPooling.Pool(Parameters, histories)) : features);
        var hidden = dropout.Apply(F.relu(F.linear(sum, Parameters[$"{side}.in"], Parameters[$"{side}.in.bias"])));
        return F.normalize(sum.Plus(F.linear(hidden, Parameters[$"{side}.out"], Parameters[$"{side}.out.bias"])), 2, 1, 1e-12);
    }

    // [rows, d], the sum of what the features say
    private Tensor SumOf(FactorizationBlock rows)
    {
        int entries = 0;
        foreach (int column in rows.Columns) if (_numbers.PlaceOf(column) < 0) entries++;
        var places = new long[2, entries];
        var values = new float[entries];
        var numbers = new float[rows.Count * _numbers.Count];
        for (int row = 0, entry = 0; row < rows.Count; row++)
            for (int n = rows.Starts[row]; n < rows.Starts[row + 1]; n++)
            {
                if (_numbers.PlaceOf(rows.Columns[n]) is >= 0 and int place) numbers[(row * _numbers.Count) + place] = rows.Values[n];
                else (places[0, entry], places[1, entry], values[entry++]) = (row, rows.Columns[n], rows.Values[n]);
            }
        var (table, device) = (Parameters["table"], Parameters.Device);
        var sums = matmul(
            sparse_coo_tensor(tensor(places, device: device), tensor(values, device: device), [rows.Count, table.shape[0]]), table);
        return numbers.Length == 0 ? sums : sums.Plus(_numbers.Sum(numbers, table));
    }

    public override IModel Model()
    {
        var table = ParameterSet.MatrixOf(Parameters["table"]);
        return new TowerModel(
            _data.Items, _options.HistoryLength, _space, _users, _attributes, Attention, table, TowerOf("user"),
            TowerModel.Embed(_items, table, TowerOf("item")));
    }

    private HistoryAttention? Attention => Attends ? AttentionPooling.Of(Parameters) : null;

    private Tower TowerOf(string side) => new(
        ParameterSet.MatrixOf(Parameters[$"{side}.in"]), ParameterSet.MatrixOf(Parameters[$"{side}.in.bias"]),
        ParameterSet.MatrixOf(Parameters[$"{side}.out"]), ParameterSet.MatrixOf(Parameters[$"{side}.out.bias"]));
}
