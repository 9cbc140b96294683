using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CsCheck;
using Kindred.Data;
using Kindred.Import;
using Kindred.Import.Writing;
using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Native.Tests.Import;

public sealed class ExporterTests : IDisposable
{
    private static readonly string[] Endings = [".csv", ".csv.gz", ".jsonl", ".ndjson.gz", ".parquet"];

    private readonly ImportSandbox _box = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _box.Dispose();

    private string File(string name) => Path.Combine(_box.Path, name);

    [Fact]
    public void Exported_events_are_the_same_data_when_they_are_imported_again()
    {
        string[] pieces = ["a", "b", "Z", ",", "\"", "'", "|", "é", "語", "7", "\\", ";", "{", " x"];
        var id = Gen.Int[0, pieces.Length - 1].Array[0, 4].Select(parts => $"k{string.Concat(parts.Select(n => pieces[n]))}");
        var events = Gen.Select(id, id, Gen.Long[1_000_000_000, 1_600_000_000], Gen.Float[.001f, 1e6f]).List[1, 40];
        Gen.Select(events, Gen.Enum<ValueKind>(), Gen.Bool, Gen.Int[0, Endings.Length - 1]).Sample((given, values, hasTimes, ending) =>
        {
            var distinct = given.DistinctBy(e => (e.Item1, e.Item2)).ToList(); // otherwise importing merges them
            var data = DataOf(distinct, values, hasTimes);
            if (values == ValueKind.Weights) // as an import does
                data = data.Scaled(ValueScale.For(distinct.Select(e => e.Item4).ToArray()));
            string file = File($"events{Endings[ending]}");
            Assert.Equal(distinct.Count, Exporter.WriteEvents(file, data, values, null, Cancellation));
            using var box = new ImportSandbox();
            box.Import(file);
            Assert.Equal(values, box.Result.Manifest.Values);
            Assert.Equal(RowsOf(data), RowsOf(box.Result.Interactions));
        }, iter: 60, threads: 1); // one file
    }

    [Fact]
    public void Attributes_come_back_from_every_format()
    {
        string events = _box.Write("events.csv", "user,item\nu1,i1\nu2,i2\nu1,i3\n");
        string items = _box.Write("items.csv", """"
            item,title,year,genres
            i1,"Paris, Texas",1984,Drama|Road
            i2,"The ""Thing""",,Horror
            i3,Heat,1995,
            """");
        _box.Import(new ImportOptions { Sources = [events], ItemAttributes = [items] });
        var data = _box.Result.Interactions;
        foreach (string ending in Endings)
        {
            string file = File($"again{ending}");
            Assert.Equal(3, Exporter.WriteAttributes(file, "item", data.Items, data.ItemAttributes, null, Cancellation));
            using var box = new ImportSandbox();
            box.Import(new ImportOptions { Sources = [events], ItemAttributes = [file] });
            Assert.Equal(AttributesOf(data.ItemAttributes), AttributesOf(box.Result.Interactions.ItemAttributes));
        }
    }

    [Fact]
    public void Vectors_are_written_with_their_ids()
    {
        var vectors = new Matrix(2, 3);
        float[] values = [1, -.5f, 1e-20f, 3, float.NaN, 16777216];
        for (int n = 0; n < values.Length; n++) vectors.Row(n / 3)[n % 3] = values[n];
        string[] ids = ["a,b", "c"];

        Exporter.WriteVectors(File("v.csv"), vectors, row => ids[row], null, Cancellation);
        Assert.Equal("id,v1,v2,v3\n\"a,b\",1,-0.5,1E-20\nc,3,,16777216\n", System.IO.File.ReadAllText(File("v.csv")));

        Exporter.WriteVectors(File("v.jsonl"), vectors, row => ids[row], null, Cancellation);
        Assert.Equal(
            ["""{"id":"a,b","vector":[1,-0.5,1E-20]}""", """{"id":"c","vector":[3,null,16777216]}"""],
            System.IO.File.ReadAllLines(File("v.jsonl")));

        Exporter.WriteVectors(File("v.npy"), vectors, row => ids[row], null, Cancellation);
        byte[] array = System.IO.File.ReadAllBytes(File("v.npy"));
        int header = 10 + array[8] + (256 * array[9]);
        Assert.Equal(0, header % 64);
        Assert.Equal([0x93, .. "NUMPY"u8, 1, 0], array[..8]);
        string described = Encoding.ASCII.GetString(array, 10, header - 10);
        Assert.Equal("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", described.TrimEnd());
        Assert.Equal(values, Enumerable.Range(0, 6).Select(n => BitConverter.ToSingle(array, header + (4 * n))));
        Assert.Equal(header + 24, array.Length);
        Assert.Equal(ids, JsonSerializer.Deserialize<string[]>(System.IO.File.ReadAllText(File("v.ids.json"))));
    }

    [Fact]
    public void Lists_of_all_users_are_those_that_each_would_get_alone()
    {
        var gen = Gen.Select(Gen.Int[0, 30], Gen.Int[0, 12]).List[1, 200];
        Gen.Select(gen, Gen.Int[1, 15], Gen.Int[1, 4], Gen.Bool).Sample((pairs, count, workers, hasModel) =>
        {
            var data = Interactions.FromEvents(pairs.Distinct(), pair => ($"u{pair.Item1}", $"i{pair.Item2}"));
            ITrainer trainer = hasModel ? new ItemKnn() : new Popularity();
            var model = trainer.Train(data, new());
            using var recommender = Recommender.From(data, model, new Popularity().Train(data, new()), "model");
            string[] users = [.. Enumerable.Range(0, data.Users.Count).Select(data.Users.Id), "nobody"];
            var request = new RecommendRequest { Count = count, Deny = ["i3"] };
            string file = File("lists.csv");
            using (var lists = RecommendationFile.Create(file, namesModels: true, Cancellation))
            {
                lists.Append("first", recommender, data, users, request, workers);
                lists.Append("second", recommender, data, null, request, workers);
                lists.Complete();
            }
            IEnumerable<string> RowsFor(string model, string user) => recommender
                .Recommend(request with { UserId = user }, Cancellation).Items
                .Select((item, n) => string.Create(CultureInfo.InvariantCulture, $"{model},{user},{n + 1},{item.ItemId},{item.Score}"));
            Assert.Equal(
                ["model,user,rank,item,score", .. users.SelectMany(user => RowsFor("first", user)),
                    .. users.SkipLast(1).SelectMany(user => RowsFor("second", user))],
                System.IO.File.ReadAllLines(file));
        }, iter: 30, threads: 1);
    }

    [Fact]
    public void Rows_of_JSON_are_those_of_a_JSON_writer()
    {
        var texts = Gen.OneOf(Gen.String, Gen.String[Gen.Char["a\"\\\n\u2028é日</"], 0, 300]);
        var gen = Gen.Select(texts, Gen.Float, Gen.Double, Gen.Long, texts.Array[0, 3], Gen.Float.Array[0, 3]);
        gen.Sample((text, single, number, whole, all, many) =>
        {
            var rows = new JsonRows(
            [
                new("te\"xt", CellKind.Text), new("cell", CellKind.Text), new("f", CellKind.Number), new("d", CellKind.Double),
                new("w", CellKind.Whole), new("t", CellKind.Texts), new("n", CellKind.Numbers), new("none", CellKind.Text),
            ]);
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            rows.Text(text);
            rows.Encoded(rows.Encode(utf8));
            rows.Number(single);
            rows.Number(number);
            rows.Whole(whole);
            rows.Texts(all);
            rows.Numbers(many);
            rows.Missing();
            rows.EndRow();

            using var stream = new MemoryStream();
            using (var json = new Utf8JsonWriter(stream, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            {
                json.WriteStartObject();
                json.WriteString("te\"xt", utf8);
                json.WriteString("cell", utf8);
                if (float.IsFinite(single)) json.WriteNumber("f", single);
                else json.WriteNull("f");
                if (double.IsFinite(number)) json.WriteNumber("d", number);
                else json.WriteNull("d");
                json.WriteNumber("w", whole);
                json.WriteStartArray("t");
                foreach (string each in all) json.WriteStringValue(Encoding.UTF8.GetBytes(each));
                json.WriteEndArray();
                json.WriteStartArray("n");
                foreach (float each in many)
                {
                    if (float.IsFinite(each)) json.WriteNumberValue(each);
                    else json.WriteNullValue();
                }
                json.WriteEndArray();
                json.WriteNull("none");
                json.WriteEndObject();
            }
            Assert.Equal(Encoding.UTF8.GetString(stream.ToArray()) + "\n", Encoding.UTF8.GetString(rows.Written));
        });
    }

    [Fact]
    public void Without_completion_there_is_no_file()
    {
        string file = File("rows.csv");
        RowColumn[] columns = [new("x", CellKind.Text)];
        using (var rows = RowFile.Create(file, columns, CancellationToken.None)) rows.Append(rows.NewWriter());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_box.Path));

        System.IO.File.WriteAllText(file, "before");
        using var source = new CancellationTokenSource();
        using (var rows = RowFile.Create(file, columns, source.Token))
        {
            source.Cancel();
            Assert.Throws<OperationCanceledException>(rows.Complete);
        }
        Assert.Equal("before", System.IO.File.ReadAllText(file));
        Assert.Single(Directory.EnumerateFileSystemEntries(_box.Path));
    }

    [Fact]
    public void Blocks_stand_in_the_order_of_their_numbers()
    {
        string file = File("rows.csv");
        using (var rows = RowFile.Create(file, [new("x", CellKind.Whole)], CancellationToken.None))
        {
            var writer = rows.NewWriter();
            foreach (int block in (int[])[2, 0, 3, 1])
            {
                writer.Whole(block);
                writer.EndRow();
                rows.Append(block, writer);
            }
            rows.Complete();
        }
        Assert.Equal("x\n0\n1\n2\n3\n", System.IO.File.ReadAllText(file));
    }

    [Theory]
    [InlineData("lists.xlsx")]
    [InlineData("lists")]
    [InlineData("lists.parquet.gz")]
    public void An_ending_that_says_no_format_is_refused(string name) =>
        Assert.Contains(".csv, .jsonl or .parquet", Assert.Throws<InputException>(() => RowFile.CheckName(name)).Message);

    private static Interactions DataOf(List<(string User, string Item, long Time, float Value)> events, ValueKind values, bool hasTimes)
    {
        // ids as an import would order them
        Vocabulary VocabularyOf(IEnumerable<string> ids) =>
            new([.. ids.Distinct().OrderBy(Encoding.UTF8.GetByteCount).ThenBy(id => Convert.ToHexString(Encoding.UTF8.GetBytes(id)))]);
        Vocabulary users = VocabularyOf(events.Select(e => e.User)), items = VocabularyOf(events.Select(e => e.Item));
        int IndexOf(Vocabulary ids, string id) => ids.TryGetIndex(id, out int index) ? index : throw new InvalidOperationException(id);
        var sorted = events.OrderBy(e => IndexOf(users, e.User)).ThenBy(e => hasTimes ? e.Time : 0).ToList();
        var starts = new int[users.Count + 1];
        foreach (var e in sorted) starts[IndexOf(users, e.User) + 1]++;
        for (int user = 0; user < users.Count; user++) starts[user + 1] += starts[user];
        return new(users, items, new(
            starts, sorted.Select(e => IndexOf(items, e.Item)).ToArray(), hasTimes ? sorted.Select(e => e.Time).ToArray() : [],
            sorted.Select(e => values == ValueKind.None ? 1 : e.Value).ToArray()));
    }

    private static IEnumerable<string> RowsOf(Interactions data) =>
        from user in Enumerable.Range(0, data.Users.Count)
        from n in Enumerable.Range(0, data.Histories.ItemsOf(user).Length)
        select string.Create(CultureInfo.InvariantCulture,
            $"{user} {data.Users.Id(user)} {data.Histories.ItemsOf(user).Span[n]} {data.Items.Id(data.Histories.ItemsOf(user).Span[n])} " +
            $"{data.Histories.WeightsOf(user).Span[n]:R} {(data.Histories.HasTimes ? data.Histories.TimesOf(user).Span[n] : 0)}");

    private static IEnumerable<string> AttributesOf(Catalog catalog)
    {
        string Line(string name, Func<int, object> cell) => $"{name}: {string.Join(";", Enumerable.Range(0, catalog.Count).Select(cell))}";
        IEnumerable<string> lines =
        [
            .. catalog.Texts.Select(c => Line(c.Key, n => c.Value.Values[n])),
            .. catalog.Numbers.Select(c => Line(c.Key, n => c.Value.Values.Span[n])),
            .. catalog.Labels.Select(c => Line(c.Key, n => string.Join("+", c.Value[n].ToArray().Select(c.Value.Labels.Id).Order()))),
        ];
        return lines.Order();
    }
}
