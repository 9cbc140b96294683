using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using Kindred.Import;
using Kindred.Import.Arrays;
using Kindred.Import.Writing;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Storage;
using Kindred.Tests.Support;

namespace Kindred.Native.Tests.Import;

/// <summary>Factors that another program wrote, as bytes laid out by hand after NumPy's description of its format.</summary>
public sealed class FactorImportTests : IDisposable
{
    private static readonly Interactions Data = EventList.Parse("ann: tea cake", "bob: tea jam", "cid: ham bread");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, bool> Layouts => new()
    {
        { "<f4", false }, { "<f4", true }, { "<f8", false }, { "<f8", true }, { "<f2", false }, { "<f2", true },
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Every_type_and_order_is_the_same_matrix(string type, bool byColumns)
    {
        double[] rows = [1, 2, 3, .5, -.25, 0];
        double[] stored = byColumns ? [1, .5, 2, -.25, 3, 0] : rows;
        var matrix = NpyFormat.Parse("a.npy", Npy(type, byColumns, "(2, 3)", [.. stored.SelectMany(x => Bytes(type, x))])).ToMatrix();
        Assert.Equal((2, 3), (matrix.Rows, matrix.Columns));
        Assert.Equal(rows.Select(x => (float)x), matrix.Values.ToArray());
    }

    [Theory]
    [InlineData("<U2", "61000000620000006300000000000000", "ab,c")]
    [InlineData("|S2", "61626300", "ab,c")]
    [InlineData("<i8", "0700000000000000FFFFFFFFFFFFFFFF", "7,-1")]
    [InlineData("<u4", "0700000001000000", "7,1")]
    public void Ids_are_texts_or_whole_numbers(string type, string bytes, string ids) => Assert.Equal(
        ids.Split(','), NpyFormat.Parse("ids.npy", Npy(type, false, "(2,)", Convert.FromHexString(bytes))).ToIds());

    [Theory]
    [InlineData(">f4", "(5, 2)", 40, "i.npy is big-endian (>f4); write array.astype('<f4').")]
    [InlineData("|O", "(5, 2)", 40, "i.npy holds Python objects, which only running code could read;")]
    [InlineData("<i4", "(5, 2)", 40, "i.npy holds <i4, and vectors must be float16, float32 or float64;")]
    [InlineData("<f4", "(10,)", 40, "i.npy has the shape (10); vectors must have two dimensions, a row for each id.")]
    [InlineData("<f4", "(5, 0)", 0, "i.npy has the shape (5, 0);")]
    [InlineData("<f4", "(5, 2)", 36, "i.npy has 36 bytes of values, and 5 x 2 of them need 40.")]
    [InlineData("<f4", "(4000000000, 4000000000)", 36, "i.npy has the shape (4000000000, 4000000000);")]
    [InlineData("<f4", "(2, 2)", 16, "i.npy has 2 rows, and the data have 5 items; say whose rows they are by --item-ids.")]
    public void What_is_no_matrix_of_the_items_is_refused(string type, string shape, int bytes, string sentence)
    {
        Write("i.npy", Npy(type, false, shape, new byte[bytes]));
        Assert.StartsWith(sentence, Refusal(new() { Items = File("i.npy") }), StringComparison.Ordinal);
    }

    [Fact]
    public void Values_that_are_none_and_ids_that_do_not_fit_are_refused()
    {
        Write("nan.npy", Npy("<f4", false, "(5, 1)", Floats(1, 2, float.NaN, 4, 5)));
        Assert.Contains("no number, in row 3", Refusal(new() { Items = File("nan.npy") }), StringComparison.Ordinal);
        Write("large.npy", Npy("<f8", false, "(5, 1)", MemoryMarshal.AsBytes<double>([1, 1e300, 1, 1, 1]).ToArray()));
        Assert.Contains("1E+300 in row 2", Refusal(new() { Items = File("large.npy") }), StringComparison.Ordinal);

        Write("i.npy", Npy("<f4", false, "(2, 1)", Floats(1, 2)));
        Assert.Contains("two rows of the item tea", Refusal(Named("tea\ntea\n")), StringComparison.Ordinal);
        Assert.Contains("of no item of these data", Refusal(Named("a\nb\n")), StringComparison.Ordinal);
        Assert.Contains("There are 2 rows, and", Refusal(Named("tea\n")), StringComparison.Ordinal);
        Write("u.npy", Npy("<f4", false, "(3, 2)", Floats(1, 2, 3, 4, 5, 6)));
        Assert.Contains("1 dimensions and users 2", Refusal(Named("tea\njam\n") with { Users = File("u.npy") }), StringComparison.Ordinal);
        Write("no.npz", [1, 2, 3]);
        Assert.Contains("no .npz file", Refusal(new() { Items = File("no.npz") }), StringComparison.Ordinal);

        FactorImport Named(string ids)
        {
            Write("ids.txt", Encoding.UTF8.GetBytes(ids));
            return new() { Items = File("i.npy"), ItemIds = File("ids.txt") };
        }
    }

    [Fact]
    public void A_file_of_implicit_names_its_arrays_and_what_else_it_holds_is_left_alone()
    {
        using (var zip = ZipFile.Open(File("als.npz"), ZipArchiveMode.Create))
        {
            Add("item_factors", Npy("<f4", false, "(5, 1)", Floats(1, 2, 3, 4, 5)));
            Add("random_state", Npy("|O", false, "()", [0]));

            void Add(string name, byte[] bytes)
            {
                using var entry = zip.CreateEntry($"{name}.npy").Open();
                entry.Write(bytes);
            }
        }
        var imported = new FactorImport { Items = File("als.npz") }.Read(Data);
        Assert.Equal([1f, 2, 3, 4, 5], ((IEmbeddingModel)imported.Trained.Model).ItemEmbeddings.Values.ToArray());
        Assert.Contains("no array 'y'; name one by --item-array: item_factors, random_state.",
            Refusal(new() { Items = File("als.npz"), ItemArray = "y" }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("f.npz")]
    [InlineData("f.safetensors")]
    public void What_is_written_comes_back_for_those_that_the_data_know(string name)
    {
        Matrix items = Of([[1, 2], [3, 4], [5, 6]]), users = Of([[7, 8], [9, 10]]);
        string[] itemIds = ["jam", "語", "tea"], userIds = ["cid", "zoe"];
        Exporter.WriteFactors(File(name), (items, n => itemIds[n]), (users, n => userIds[n]), TestContext.Current.CancellationToken);
        var imported = new FactorImport { Items = File(name) }.Read(Data);
        Assert.Equal((2, 1, 1, 1), (imported.Items, imported.UnknownItems, imported.Users, imported.UnknownUsers));
        var model = (IEmbeddingModel)imported.Trained.Model;
        Assert.Equal([5, 6], model.ItemEmbeddings.Row(Item("tea")).ToArray());
        Assert.Equal([1, 2], model.ItemEmbeddings.Row(Item("jam")).ToArray());
        Assert.False(model.ItemEmbeddings.Row(Item("ham")).ContainsAnyExcept(0));
    }

    [Fact]
    public void Users_have_their_factors_until_their_history_is_newer_and_others_are_folded_in()
    {
        Exporter.WriteFactors(File("f.npz"), (Of([[1, 0], [0, 1], [1, 1], [0, 2], [2, 0]]), Data.Items.Id), (Of([[7, 8]]), _ => "ann"),
            TestContext.Current.CancellationToken);
        var trained = new FactorImport { Items = File("f.npz") }.Read(Data).Trained;
        ModelFolder.Write(File("model"), trained.Manifest, Data.Users, trained.Model);
        using var folder = ModelFolder.Open(File("model"));
        var model = (IEmbeddingModel)folder.Model;
        var ann = Query.Of(Data, 0);
        Assert.Equal([7, 8], Embedded(ann));
        Assert.Equal(Embedded(ann with { IsUserOutdated = true }), Embedded(new(-1, ann.History)));
        Assert.NotEqual([7, 8], Embedded(new(-1, ann.History)));
        Assert.NotEqual([0, 0], Embedded(Query.Of(Data, 1)));

        float[] Embedded(Query query)
        {
            float[] embedding = new float[2];
            Assert.True(model.TryEmbed(query, embedding));
            return embedding;
        }
    }

    [Fact]
    public void Folding_in_is_that_of_implicit_als_with_the_same_items_and_the_model_is_not_trained_here()
    {
        var foldIn = new ImplicitAls { Dimensions = 2, Regularization = .1f };
        var als = (IEmbeddingModel)foldIn.Train(Data, new());
        Exporter.WriteFactors(File("f.npz"), (als.ItemEmbeddings, Data.Items.Id), null, TestContext.Current.CancellationToken);
        var trained = new FactorImport { Items = File("f.npz"), FoldIn = foldIn }.Read(Data).Trained;
        float[] ours = new float[2], theirs = new float[2];
        for (int user = 0; user < Data.Users.Count; user++)
        {
            Assert.True(((IEmbeddingModel)trained.Model).TryEmbed(Query.Of(Data, user), ours));
            Assert.True(als.TryEmbed(new(-1, Query.Of(Data, user).History), theirs));
            Assert.Equal(theirs, ours);
        }
        Assert.Equal("factors were learned by another program; bring them with kindred model import.",
            Assert.Throws<InputException>(() => TrainerCatalog.Default.Create(trained.Manifest.Trainer)).Message);
    }

    [Fact]
    public void Safetensors_of_half_precision_are_read()
    {
        var writer = new TensorWriter();
        writer.Add<Half>("item.weight", new Half[] { (Half)1, (Half).5f, (Half)3, (Half)4, (Half)5 }, 5, 1);
        writer.Add<ushort>("user.weight", new ushort[] { 0x3F80, 0x4000, 0xBF80 }, 3, 1); // bfloat16: 1, 2, -1
        using (var stream = System.IO.File.Create(File("f.safetensors"))) writer.WriteTo(stream);
        var imported = new FactorImport { Items = File("f.safetensors"), ItemArray = "item.weight", UserArray = "user.weight" }.Read(Data);
        var model = (IEmbeddingModel)imported.Trained.Model;
        Assert.Equal([1, .5f, 3, 4, 5], model.ItemEmbeddings.Values.ToArray());
        float[] cid = new float[1];
        Assert.True(model.TryEmbed(Query.Of(Data, 2), cid));
        Assert.Equal([-1], cid);
    }

    [Fact]
    public void A_name_of_the_users_matrix_that_is_not_there_is_refused()
    {
        var writer = new TensorWriter();
        writer.Add<float>("item.weight", new float[] { 1, 2, 3, 4, 5 }, 5, 1);
        writer.Add<float>("user.weight", new float[] { 1, 2, 3 }, 3, 1);
        using (var stream = System.IO.File.Create(File("g.safetensors"))) writer.WriteTo(stream);
        string said = Refusal(new FactorImport { Items = File("g.safetensors"), ItemArray = "item.weight", UserArray = "users.weight" });
        Assert.Contains("users.weight", said, StringComparison.Ordinal);
        Assert.Contains("user.weight", said.Replace("users.weight", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private static int Item(string id) => Data.Items.TryGetIndex(id, out int item) ? item : throw new InvalidOperationException(id);

    private static string Refusal(FactorImport import) =>
        Assert.Throws<InputException>(() => import.Read(Data)).Message
            .Replace(Path.GetDirectoryName(import.Items)! + "/", "", StringComparison.Ordinal);

    private static Matrix Of(float[][] rows) => new(rows.Length, rows[0].Length, rows.SelectMany(row => row).ToArray());

    private static byte[] Npy(string type, bool byColumns, string shape, byte[] values)
    {
        string text = $"{{'descr': '{type}', 'fortran_order': {(byColumns ? "True" : "False")}, 'shape': {shape}, }}";
        byte[] length = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)(text.Length + 1));
        return [0x93, .. "NUMPY"u8, 1, 0, .. length, .. Encoding.ASCII.GetBytes(text + "\n"), .. values];
    }

    private static byte[] Bytes(string type, double value) => type switch
    {
        "<f2" => BitConverter.GetBytes((Half)value),
        "<f4" => BitConverter.GetBytes((float)value),
        _ => BitConverter.GetBytes(value),
    };

    private static byte[] Floats(params float[] values) => MemoryMarshal.AsBytes<float>(values).ToArray();

    private string File(string name) => _folder.File(name);

    private void Write(string name, byte[] bytes) => System.IO.File.WriteAllBytes(File(name), bytes);
}
