"""The CMake package: a plugin is built outside this tree, from an installed assay and from the build tree."""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["ASSAY_BUILD_DIR"])
SOURCE = pathlib.Path(os.environ["ASSAY_SOURCE_DIR"])
TORCH = pathlib.Path(os.environ["ASSAY_TORCH_DIR"])
PROJECT = pathlib.Path(__file__).parent / "my_idea"
SHARED = pathlib.Path(__file__).parent / "my_shared"  # uses the add-on assay::extra


def run(*command):
    return subprocess.run([str(word) for word in command], text=True, capture_output=True)


def configure(project, *arguments):
    return run("cmake", "-G", "Ninja", "-S", project, "-B", project / "build", *arguments)


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.folder.name)
        cls.prefix = cls.root / "prefix"
        installed = run("cmake", "--install", BUILD, "--prefix", cls.prefix)
        assert installed.returncode == 0, installed.stderr

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def project(self, place, of=PROJECT):
        return pathlib.Path(shutil.copytree(of, self.root / place))

    def library_of(self, project, *arguments):
        """What a project builds."""
        configured = configure(project, *arguments)
        self.assertEqual(configured.returncode, 0, configured.stderr)
        made = run("cmake", "--build", project / "build")
        self.assertEqual(made.returncode, 0, made.stdout)
        return next((project / "build").glob("*.so"))

    def built(self, place, *arguments):
        """The library of my_idea, copied to a folder of its own."""
        return self.library_of(self.project(place), *arguments)

    def assert_no_path_of_this_machine(self, plugin):
        content = plugin.read_bytes()
        for path in (SOURCE, BUILD, TORCH, self.root):
            with self.subTest(plugin=plugin.name, path=str(path)):
                self.assertNotIn(os.fsencode(path) + b"/", content)

    def refusal(self, place, *arguments):
        """What configuring says, with its lines joined, where it must fail."""
        configured = configure(self.project(place), *arguments)
        self.assertNotEqual(configured.returncode, 0)
        return " ".join(configured.stderr.split())

    def test_a_plugin_builds_from_installation_and_build_tree_to_the_same_bytes(self):
        installed = self.built("one", f"-Dassay_ROOT={self.prefix}")
        from_build_tree = self.built("another/deeper/place", f"-Dassay_ROOT={BUILD}")
        self.assertEqual(sha256(installed), sha256(from_build_tree))
        self.assert_no_path_of_this_machine(installed)
        self.assertIn(".note.assay", run("readelf", "-S", "-W", installed).stdout)
        self.assertNotIn("RUNPATH", run("readelf", "-d", "-W", installed).stdout)

    def test_a_plugin_that_uses_the_add_on_builds_to_the_same_bytes_and_holds_its_contract(self):
        installed = self.library_of(self.project("with_extra", SHARED), f"-Dassay_ROOT={self.prefix}")
        from_build_tree = self.library_of(self.project("with_extra_too", SHARED), f"-Dassay_ROOT={BUILD}")
        self.assertEqual(sha256(installed), sha256(from_build_tree))
        self.assert_no_path_of_this_machine(installed)
        self.assertNotIn("RUNPATH", run("readelf", "-d", "-W", installed).stdout)
        checked = run(self.prefix / "bin/assay", "check", installed)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        self.assertEqual(len(re.findall(r"contract     (\d+) of \1 hold", checked.stdout)), 3, checked.stdout)

    def test_our_strategies_compile_where_they_are_copied_to(self):
        project = self.project("copied", SHARED)
        sources = [SOURCE / "plugins/recall/item_knn.cpp", *(SOURCE / "plugins/rerank/mmr").glob("*.[ch]*")]
        for source in sources:
            shutil.copy(source, project)
        lists = (project / "CMakeLists.txt").read_text().replace("my_shared.cpp", "item_knn.cpp")
        lists += "assay_add_plugin(copied_mmr mmr.cpp maximal_marginal_relevance.cpp LIBS assay::extra)\n"
        (project / "CMakeLists.txt").write_text(lists)
        self.library_of(project, f"-Dassay_ROOT={self.prefix}")

    def test_the_add_on_says_that_nothing_is_promised(self):
        self.assertIn("no promise of a stable API or ABI", (self.prefix / "include/assay/extra/README.md").read_text())

    def test_an_installed_plugin_has_the_bytes_of_the_built_one(self):
        installed = sorted((self.prefix / "lib/assay/plugins").glob("*/*.so"))
        self.assertTrue(installed)
        for plugin in installed:
            with self.subTest(plugin.name):
                built = BUILD / "plugins" / plugin.parent.name / plugin.name
                self.assertEqual(sha256(plugin), sha256(built))

    def test_no_plugin_holds_a_path_of_this_machine(self):
        for plugin in sorted((BUILD / "plugins").glob("*/*.so")):
            self.assert_no_path_of_this_machine(plugin)

    def test_installed_programs_find_each_other_and_the_plugins(self):
        listed = run(self.prefix / "bin/assay", "list", "plugins")
        self.assertEqual(listed.returncode, 0, listed.stderr)
        for plugin in (self.prefix / "lib/assay/plugins").glob("*/*.so"):
            self.assertIn(plugin.stem, listed.stdout)

    def test_another_libtorch_is_refused_with_both_versions(self):
        other = self.root / "other/share/cmake/Torch"
        other.mkdir(parents=True)
        (other / "TorchConfig.cmake").touch()
        (other / "TorchConfigVersion.cmake").write_text('set(PACKAGE_VERSION "2.9.1")\n')
        said = self.refusal(
            "refused", f"-Dassay_ROOT={self.prefix}", f"-DCMAKE_PREFIX_PATH={self.root / 'other'}")
        self.assertRegex(said, r"built against torch \d+\.\d+\.\d+ at " + str(TORCH))
        self.assertIn(f"but torch 2.9.1 at {self.root / 'other'} (CUDA: OFF) was found", said)
        self.assertIn("build assay anew", said)

    def test_a_libtorch_that_is_gone_is_named_with_its_place(self):
        moved = pathlib.Path(shutil.copytree(self.prefix, self.root / "moved"))
        config = moved / "lib/cmake/assay/assayConfig.cmake"
        config.write_text(config.read_text().replace(str(TORCH), "/was/here/torch"))
        said = self.refusal("gone", f"-Dassay_ROOT={moved}")
        self.assertRegex(said, r"built against torch \d+\.\d+\.\d+ at /was/here/torch, and no LibTorch")
        self.assertIn("-DCMAKE_PREFIX_PATH=<folder of torch>", said)


if __name__ == "__main__":
    unittest.main()
