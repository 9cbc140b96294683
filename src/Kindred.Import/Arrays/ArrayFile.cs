using System.IO.Compression;
using Kindred.Storage;

namespace Kindred.Import.Arrays;

/// <summary>
/// The arrays of a <c>.npy</c>, <c>.npz</c> or <c>.safetensors</c> file, by name. Each is looked at when it is asked for: a model's file
/// may hold things beside them that are not read.
/// </summary>
internal sealed class ArrayFile : IDisposable
{
    private readonly Dictionary<string, Func<ForeignArray>> _arrays = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly bool _isOne;
    private TensorFile? _tensors; // its memory is given back with this

    private ArrayFile(string path)
    {
        Path = path;
        switch (EndingOf(path))
        {
            case ".npz":
                ReadZip();
                break;
            case ".safetensors":
                ReadTensors();
                break;
            default:
                _isOne = true;
                var array = NpyFormat.Parse(path, File.ReadAllBytes(path));
                _arrays.Add("", () => array);
                break;
        }
    }

    public string Path { get; }

    /// <summary>By the file's ending.</summary>
    public static bool Is(string path) => EndingOf(path) is ".npy" or ".npz" or ".safetensors";

    /// <exception cref="InputException">There is no such file, or it is not what its ending says.</exception>
    public static ArrayFile Open(string path)
    {
        if (!Is(path)) throw new InputException($"{path} must end with .npy, .npz or .safetensors, which says how it is read.");
        if (!File.Exists(path)) throw new InputException($"{path} does not exist.");
        try
        {
            return new(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read: {e.Message}", e);
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"{path} is no .npz file, or a damaged one; write it by numpy.savez(path, name=array).", e);
        }
    }

    /// <summary>A file that is one array has it under every name.</summary>
    public bool Contains(string name) => _isOne || _arrays.ContainsKey(name);

    /// <param name="option">Names another one.</param>
    /// <exception cref="InputException">There is none of that name, or it cannot be read.</exception>
    public ForeignArray Find(string name, string option) =>
        _arrays.TryGetValue(_isOne ? "" : name, out var array) ? array()
        : throw new InputException($"{Path} has no array '{name}'; " + (_arrays.Count == 0 ? "it has none that can be read."
            : $"name one by {option}: {string.Join(", ", _arrays.Keys.Order(StringComparer.Ordinal))}."));

    /// <returns>The ids that the file itself has under a name; null: none.</returns>
    public string[]? IdsOf(string name) =>
        _texts.TryGetValue(name, out string? text) ? IdList.Parse($"{name} of {Path}", text)
        : !_isOne && _arrays.TryGetValue(name, out var array) ? array().ToIds() : null;

    public void Dispose() => _tensors?.Dispose();

    private void ReadZip()
    {
        using var zip = ZipFile.OpenRead(Path);
        foreach (var entry in zip.Entries)
        {
            string name = System.IO.Path.GetFileNameWithoutExtension(entry.FullName), inFile = $"{name} of {Path}";
            if (entry.Length > Array.MaxLength) throw new InputException($"{inFile} has {entry.Length} bytes, more than can be read.");
            byte[] bytes = new byte[entry.Length];
            using var stream = entry.Open();
            stream.ReadExactly(bytes);
            _arrays[name] = () => NpyFormat.Parse(inFile, bytes);
        }
    }

    private void ReadTensors()
    {
        var file = _tensors = TensorFile.Open(Path);
        foreach (string name in file.Names)
        {
            _arrays[name] = () =>
            {
                var (type, shape, bytes) = file.Raw(name);
                return new($"{name} of {Path}", TypeOf(type), IsByColumns: false, [.. shape], bytes);
            };
        }
        foreach (var (name, text) in file.Texts) _texts[name] = text;
    }

    private static string TypeOf(string type) => type switch
    {
        "F64" => "<f8",
        "F32" => "<f4",
        "F16" => "<f2",
        "I64" => "<i8",
        "I32" => "<i4",
        _ => type,
    };

    private static string EndingOf(string path) => System.IO.Path.GetExtension(path).ToLowerInvariant();
}
