using System.Runtime.InteropServices;

namespace Kindred.Boosting;

/// <summary>
/// The part of LightGBM's C interface that training needs (include/LightGBM/c_api.h, 4.7). Every function returns 0, or −1 and leaves a
/// sentence; arrays are copied or binned before a call returns.
/// </summary>
internal static unsafe partial class LightGbm
{
    public const int Float32 = 0, Int32 = 2, RawScore = 1, Contributions = 3;

    private const string Library = "lib_lightgbm";

    private static readonly Lazy<nint> Loaded = new(Load);

    /// <summary>Loads the library, unless it was.</summary>
    /// <exception cref="InputException">The native library, or one that it needs, is not here.</exception>
    public static void Require() => _ = Loaded.Value;

    private static nint Load()
    {
        try
        {
            // Threads of OpenMP wait for each other many times a tree. By default they spin: where other work has the cores, each wait
            // costs a
            // time slice, and training takes fifty times as long. OpenMP reads this once, when it is loaded; what the user set stays.
            if (OperatingSystem.IsLinux()) _ = SetEnvironment("OMP_WAIT_POLICY", "passive", overwrite: 0);
            return NativeLibrary.Load(Library, typeof(LightGbm).Assembly, null);
        }
        catch (DllNotFoundException e)
        {
            const string Needs = "it is there for Linux, macOS and Windows on x64, and needs OpenMP, which Debian has in libgomp1";
            throw new InputException(
                RuntimeInformation.ProcessArchitecture == Architecture.X64
                    ? $"LightGBM's library cannot be loaded: {Needs}; install that (apt-get install libgomp1)."
                    : "LightGBM has no library for this kind of processor; train boosted trees on x64. What has them is served here, too.",
                e);
        }
    }

    /// <exception cref="InputException">The call failed for what it was given; the sentence is LightGBM's.</exception>
    public static void CheckInput(int result)
    {
        if (result != 0) throw new InputException($"LightGBM refuses: {Marshal.PtrToStringUTF8(GetLastError())}");
    }

    /// <exception cref="InvalidOperationException">The call failed; the sentence is LightGBM's.</exception>
    public static void Check(int result)
    {
        if (result != 0) throw new InvalidOperationException($"LightGBM failed: {Marshal.PtrToStringUTF8(GetLastError())}");
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    [LibraryImport(Library, EntryPoint = "LGBM_GetLastError")]
    private static partial nint GetLastError();

    [LibraryImport(Library, EntryPoint = "LGBM_DatasetCreateFromMat", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int DatasetCreateFromMat(
        float* data, int type, int rows, int columns, int isRowMajor, string parameters, nint reference, out nint dataset);

    [LibraryImport(Library, EntryPoint = "LGBM_DatasetSetField", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int DatasetSetField(nint dataset, string field, void* data, int count, int type);

    [LibraryImport(Library, EntryPoint = "LGBM_DatasetFree")]
    public static partial int DatasetFree(nint dataset);

    [LibraryImport(Library, EntryPoint = "LGBM_BoosterCreate", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int BoosterCreate(nint dataset, string parameters, out nint booster);

    [LibraryImport(Library, EntryPoint = "LGBM_BoosterLoadModelFromString", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int BoosterLoadModelFromString(string text, out int trees, out nint booster);

    [LibraryImport(Library, EntryPoint = "LGBM_BoosterFree")]
    public static partial int BoosterFree(nint booster);

    [LibraryImport(Library, EntryPoint = "LGBM_BoosterAddValidData")]
    public static partial int BoosterAddValidData(nint booster, nint dataset);

    [LibraryImport(Library, EntryPoint = "LGBM_BoosterUpdateOneIter")]
    public static partial int BoosterUpdateOneIter(nint booster, out int isFinished);

    [LibraryImport(Library, EntryPoint = "LGBM_BoosterGetEvalCounts")]
    public static partial int BoosterGetEvalCounts(nint booster, out int count);

    [LibraryImport(Library, EntryPoint = "LGBM_BoosterGetEval")]
    public static partial int BoosterGetEval(nint booster, int part, out int count, double* values);

    [LibraryImport(Library, EntryPoint = "LGBM_BoosterGetPredict")]
    public static partial int BoosterGetPredict(nint booster, int part, out long count, double* scores);

    [LibraryImport(Library, EntryPoint = "LGBM_BoosterSaveModelToString")]
    public static partial int BoosterSaveModelToString(
        nint booster, int first, int trees, int importance, long room, out long length, byte* text);

    [LibraryImport(Library, EntryPoint = "LGBM_BoosterPredictForMat", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int BoosterPredictForMat(
        nint booster, float* data, int type, int rows, int columns, int isRowMajor, int kind, int first, int trees, string parameters,
        out long count, double* values);

    [LibraryImport(Library, EntryPoint = "LGBM_BoosterPredictForMatSingleRowFastInit", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int BoosterPredictForMatSingleRowFastInit(
        nint booster, int kind, int first, int trees, int type, int columns, string parameters, out nint configuration);

    [LibraryImport(Library, EntryPoint = "LGBM_BoosterPredictForMatSingleRowFast")]
    public static partial int BoosterPredictForMatSingleRowFast(nint configuration, float* row, out long count, double* value);

    [LibraryImport(Library, EntryPoint = "LGBM_FastConfigFree")]
    public static partial int FastConfigFree(nint configuration);
}
